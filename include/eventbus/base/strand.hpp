#pragma once

#include "eventbus/base/memory_reserve.hpp"

#include <boost/asio/strand.hpp>

namespace eventbus {

// A strand on an executor or context. Asio 1.24's own make_strand() destroys a strand that it has
// not filled in yet if an allocation fails.
template <class Where>
auto new_strand(const Where& where) {
    const MemoryReserve reserve;
    return boost::asio::make_strand(where);
}

}  // namespace eventbus
