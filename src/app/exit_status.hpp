#pragma once

namespace eventbus {

// Exit statuses of the program, those of sysexits.h where there is one, so that a service manager
// can tell them apart.
enum ExitStatus : int {
    kExitOk = 0,
    kExitFailure = 1,       // an internal error; the log says which
    kExitUsage = 64,        // the command line is wrong
    kExitDataError = 65,    // the database is damaged; the log says how to save what can be read
    kExitUnavailable = 69,  // the address cannot be listened on
    kExitIoError = 74,      // the store cannot be read or written
    kExitTryLater = 75,     // another daemon holds the data folder
    kExitConfig = 78,       // a configuration or rule file is wrong, or the data is not ours
};

}  // namespace eventbus
