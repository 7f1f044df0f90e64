#pragma once

#include <filesystem>
#include <iosfwd>

namespace eventbus {

// `eventbusd match`: reads lines of JSON and writes one line for each.
//  - {"id", "pattern", "event"}, both as text: {"id", "valid", "match", "error"}. `error` is what
//    the service says behind "Reason: ", with line and column, or null; `match` is null if the
//    pattern or the event is invalid.
//  - {"id", "rules": {name: pattern}, "events": [{"event"}]}: {"id", "matches"}, for each event the
//    names of the rules that match, sorted.
// Other members are ignored, so that files of labelled cases can be given as they are. Returns an
// ExitStatus.
int match_file(const std::filesystem::path& path, std::ostream& out);

}  // namespace eventbus
