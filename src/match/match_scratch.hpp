#pragma once

#include "eventbus/match/rule_index.hpp"

#include "consistency_search.hpp"
#include "event_flattener.hpp"
#include "event_leaves.hpp"
#include "event_walker.hpp"
#include "segment.hpp"

namespace eventbus {

struct MatchScratch::Impl {
    matching::EventFlattener flattener;
    matching::EventLeaves leaves;
    matching::ConsistencySearch search;
    matching::EventWalker walker;
    matching::SegmentScratch segment;
};

}  // namespace eventbus
