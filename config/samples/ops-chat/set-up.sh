#!/bin/sh
# Turns new insights into chat messages: set-up.sh CHAT-WEBHOOK-URL
# EVENTBUSD_URL says where the daemon answers; the AWS command line needs any key and a region.
set -eu
chat=$1
alias aws="aws --endpoint-url ${EVENTBUSD_URL:-http://127.0.0.1:8700}"

aws events put-rule --name insight-to-chat \
    --event-pattern '{"source": ["ops.devops-guru"], "detail-type": ["DevOps Guru New Insight Open"]}'

cat > /tmp/insight-targets.$$ <<JSON
[{
  "Id": "chat",
  "Arn": "$chat",
  "InputTransformer": {
    "InputPathsMap": {
      "account": "$.account",
      "region": "$.region",
      "startTime": "$.detail.startTime",
      "insightType": "$.detail.insightType",
      "severity": "$.detail.insightSeverity",
      "description": "$.detail.insightDescription",
      "insightUrl": "$.detail.insightUrl",
      "numOfAnomalies": "$.detail.numOfAnomalies"
    },
    "InputTemplate": "{\"text\": \"New <severity> insight in <account>: <description>\", \"account\": <account>, \"region\": <region>, \"startTime\": <startTime>, \"insightType\": <insightType>, \"severity\": <severity>, \"description\": <description>, \"insightUrl\": <insightUrl>, \"numOfAnomalies\": <numOfAnomalies>}"
  }
}]
JSON
aws events put-targets --rule insight-to-chat --targets "file:///tmp/insight-targets.$$"
rm /tmp/insight-targets.$$
