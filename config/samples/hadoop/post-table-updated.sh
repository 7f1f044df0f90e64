#!/bin/sh
# Announces that a job has written a table: post-table-updated.sh DATABASE TABLE
# EVENTBUSD_URL says where the central daemon answers.
set -eu
database=$1
table=$2
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)

curl --fail-with-body --silent --show-error "${EVENTBUSD_URL:-http://127.0.0.1:8700}/events?bus=central" \
    --header 'Content-Type: application/json' --data @- <<JSON
{
  "source": "hadoop.ingest",
  "detail-type": "TableUpdated.v1",
  "resources": ["hdfs:///warehouse/$database/$table"],
  "detail": {
    "entity_platform": "hadoop",
    "entity_type": "table",
    "entity_status": "UPDATED",
    "date_updated": "$now",
    "src_path": "hdfs:///landing/$database/$table",
    "src_database_name": "landing",
    "src_table_name": "$table",
    "tgt_path": "hdfs:///warehouse/$database/$table",
    "tgt_database_name": "$database",
    "tgt_table_name": "$table",
    "entity_additional_details": {"rows": 12345678901234567890, "ratio": 1.10}
  }
}
JSON
