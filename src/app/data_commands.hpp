#pragma once

#include <filesystem>
#include <iosfwd>

namespace eventbus {

// `eventbusd doctor`: what inspecting a data folder has found, in sentences. kExitOk if it is
// sound, else kExitFailure.
int doctor(const std::filesystem::path& folder, std::ostream& out);

struct RestoreFlags {
    std::filesystem::path from;
    std::filesystem::path data;
    bool replace = false;
};

// `eventbusd restore`: makes a backup the database of a data folder that no daemon uses. Returns an
// ExitStatus.
int restore(const RestoreFlags& flags, std::ostream& out, std::ostream& errors);

}  // namespace eventbus
