#pragma once

#include <simdjson.h>

#include <cstddef>

namespace eventbus::ingress {

// The parser of this thread, borrowed for one parse; what was parsed is gone when it is given back.
// A parser keeps buffers for the largest body it has seen, so one that has grown beyond what
// ordinary requests need is emptied again. Not across a suspension.
class DomParser {
public:
    DomParser() = default;

    DomParser(const DomParser&) = delete;
    DomParser& operator=(const DomParser&) = delete;

    ~DomParser() {
        if (parser().capacity() > kKeptBytesMax) {
            parser() = simdjson::dom::parser();
        }
    }

    simdjson::dom::parser* operator->() { return &parser(); }

private:
    static constexpr std::size_t kKeptBytesMax = 2 * 1024 * 1024;

    static simdjson::dom::parser& parser() {
        static thread_local simdjson::dom::parser instance;
        return instance;
    }
};

}  // namespace eventbus::ingress
