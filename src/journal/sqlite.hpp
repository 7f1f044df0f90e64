#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;
struct sqlite3_backup;

// A thin RAII layer over the SQLite C API. The only code that sees <sqlite3.h>, and the only code
// that says PRAGMA. None of it is safe for use from several threads: a connection belongs to one
// thread.
namespace eventbus::sqlite {

// Trouble of the environment: the disk, the file, memory. Bad SQL of our own also ends here.
class SqliteError : public std::runtime_error {
public:
    SqliteError(int extended_code, int system_errno, const std::string& message);

    // Damage that SQLite itself does not see.
    static SqliteError damage(const std::string& what);

    int code() const { return code_; }

    // There is no room, or no writing just now: the transaction was rolled back cleanly, and a
    // later one may succeed. False for everything after which the file cannot be trusted any more,
    // above all a failed fsync.
    bool is_passing() const;

    // The disk is full, or a quota is.
    bool is_no_room() const;

    // The file is damaged, or is no database.
    bool is_corruption() const;

private:
    int code_;
    int system_errno_;
};

// What our columns hold; the first of them is NULL.
using Value = std::variant<std::monostate, std::int64_t, std::string>;

struct Column {
    std::string name;
    bool is_integer = false;  // else a text
    bool may_be_null = false;
};

enum class CheckpointMode { passive, truncate };

// One connection.
class Database {
public:
    enum class Access {
        writer,     // the only one that writes; its owner does every checkpoint
        reader,     // can neither write nor checkpoint
        immutable,  // a reader of a file that nobody writes, perhaps on a medium that is read only
        copy        // the target of a Backup: nothing is synced, whoever finishes it does that
    };

    // Opens an existing file (an empty one counts) with the security settings of this project.
    Database(const std::filesystem::path& file, Access access);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // One or several statements without parameters and results.
    void execute(const char* sql);

    // Rows changed by the last statement.
    std::int64_t changes() const;
    std::int64_t last_insert_rowid() const;

    // What the schema says: the tables that are not SQLite's own, their columns, whether the first
    // of them is the row's number, and the first page of a table or index.
    std::vector<std::string> tables();
    std::vector<Column> columns(const char* table);
    bool has_rowid_key(const char* table);
    std::int64_t root_page(const char* name);

    // Identity of the file.
    std::int64_t application_id();
    std::int64_t user_version();
    std::int64_t table_count();
    void set_identity(std::int32_t application_id, std::int32_t user_version);

    // Must be called before the first table is made.
    void prepare_for_incremental_vacuum();
    // Switches to the write-ahead log. With `full`, a commit returns after the log's fsync.
    void use_wal(bool full);

    std::int64_t free_pages();
    void incremental_vacuum(std::int64_t pages);
    // "ok", or what is wrong. The quick one does not look whether the indexes agree with the
    // tables.
    std::string integrity_check();
    std::string quick_check();
    // "ok", or what is wrong with one table and its indexes.
    std::string check_table(const char* name);
    // Ends what another thread runs on this connection, with an error. From any thread.
    void interrupt();

    // Pages in the write-ahead log after the last commit of this connection.
    std::int64_t wal_pages() const { return wal_pages_; }

    // Returns true if the whole log has been moved into the database.
    bool checkpoint(CheckpointMode mode);
    // Closing will not checkpoint: for a file that must stay as it is.
    void leave_wal_on_close();

    sqlite3* handle() { return db_; }

private:
    std::int64_t pragma_integer(const char* sql);
    // Of a check; damage that it names may be what the disk has refused to read, which is thrown.
    std::string first_finding(const char* sql);
    std::vector<std::string> texts(const std::string& sql);

    sqlite3* db_ = nullptr;
    std::int64_t wal_pages_ = 0;
};

// A copy of one database into another, page by page, that may be spread over time: what the
// source's own connection writes meanwhile goes into both. Only one connection may write to the
// source. Both databases outlive it.
class Backup {
public:
    Backup(Database& from, Database& to);
    ~Backup();
    Backup(const Backup&) = delete;
    Backup& operator=(const Backup&) = delete;

    // Copies at most `pages` (-1: all). True once the copy is complete. Throws SqliteError, also
    // for trouble that the copy had while the source was written.
    bool step(int pages);

private:
    Database* to_;
    sqlite3_backup* backup_ = nullptr;
};

// The rows of a running query. Resets the statement when it goes.
class Rows {
public:
    Rows(Database& db, sqlite3_stmt* statement) : db_(&db), statement_(statement) {}

    ~Rows();
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    bool next();
    std::int64_t integer(int column) const;
    bool is_null(int column) const;
    // Valid until the next row.
    std::string_view text(int column) const;

private:
    friend class Statement;

    Database* db_;
    sqlite3_stmt* statement_;
};

// A prepared statement, kept for the life of its connection.
class Statement {
public:
    Statement(Database& db, const char* sql);
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    // Binds the parameters in order and runs to the end. Texts must live until it returns.
    template <class... Args>
    void run(const Args&... args) {
        Rows rows = query(args...);
        rows.next();
    }

    // Binds and starts. Texts must live as long as the rows.
    template <class... Args>
    Rows query(const Args&... args) {
        int index = 0;
        (bind(++index, args), ...);
        return Rows(*db_, statement_);
    }

    // The same with as many parameters as there are values.
    void run_with(const std::vector<Value>& values);

private:
    template <std::integral T>
    void bind(int index, T value) {
        bind_integer(index, static_cast<std::int64_t>(value));
    }

    void bind(int index, std::string_view value);

    template <class T>
    void bind(int index, const std::optional<T>& value) {
        if (value) {
            bind(index, *value);
        } else {
            bind_null(index);
        }
    }

    void bind_integer(int index, std::int64_t value);
    void bind_null(int index);

    Database* db_;
    sqlite3_stmt* statement_ = nullptr;
};

// Everything read while it lives is of one moment. Ends when it goes.
class Snapshot {
public:
    explicit Snapshot(Database& db);
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

private:
    Database* db_;
};

// A write transaction; rolled back when it goes uncommitted.
class Transaction {
public:
    explicit Transaction(Database& db);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    void commit();

private:
    Database* db_;
    bool open_ = true;
};

}  // namespace eventbus::sqlite
