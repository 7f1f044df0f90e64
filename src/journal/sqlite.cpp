#include "sqlite.hpp"

#include "eventbus/base/memory_limit.hpp"

#include "fault_vfs.hpp"

#include <sqlite3.h>

#include <cerrno>

namespace eventbus::sqlite {
namespace {

constexpr int kValueBytesMax = 4 * 1024 * 1024;
constexpr int kSqlBytesMax = 64 * 1024;
constexpr int kBusyTimeoutMs = 250;
// Of the memory there is, what the library keeps at most before it gives up pages of its caches.
constexpr std::uint64_t kMemoryParts = 4;

// The library of Debian zeroes deleted content unless told not to, which doubles the pages of a
// delete. 64 MB of cache hold the hot part of a large backlog.
constexpr char kWriterSettingsSql[] =
    "PRAGMA cache_size = -65536; PRAGMA secure_delete = OFF; PRAGMA temp_store = MEMORY;"
    "PRAGMA trusted_schema = OFF; PRAGMA wal_autocheckpoint = 0";
constexpr char kReaderSettingsSql[] =
    "PRAGMA cache_size = -4096; PRAGMA query_only = 1; PRAGMA temp_store = MEMORY;"
    "PRAGMA trusted_schema = OFF; PRAGMA wal_autocheckpoint = 0";

constexpr char kCopySettingsSql[] =
    "PRAGMA cache_size = -4096; PRAGMA synchronous = OFF; PRAGMA trusted_schema = OFF";

const char* settings_of(Database::Access access) {
    switch (access) {
        case Database::Access::writer:
            return kWriterSettingsSql;
        case Database::Access::reader:
        case Database::Access::immutable:
            return kReaderSettingsSql;
        case Database::Access::copy:
            break;
    }
    return kCopySettingsSql;
}

// "file:" with what means something in a URI escaped.
std::string uri_of(const std::filesystem::path& file) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string uri = "file:";
    for (const char c : file.string()) {
        if (c == '%' || c == '?' || c == '#') {
            const auto byte = static_cast<unsigned char>(c);
            uri += '%';
            uri += kHex[byte >> 4U];
            uri += kHex[byte & 15U];
        } else {
            uri += c;
        }
    }
    return uri;
}

// Whether the disk has refused to read since errno was cleared. SQLite takes what it could not read
// for damage (SQLITE_IOERR_CORRUPTFS becomes SQLITE_CORRUPT, or a line of a check), but it may all
// be there.
bool is_read_refused(int thread_errno) {
    return thread_errno == EIO || thread_errno == ENXIO;
}

[[noreturn]] void fail_to_read(int system_errno) {
    throw SqliteError(SQLITE_IOERR_READ, system_errno, sqlite3_errstr(SQLITE_IOERR_READ));
}

// After a call before which errno was cleared.
[[noreturn]] void fail(sqlite3* db, int code) {
    const int thread_errno = errno;
    if (db == nullptr) {
        throw SqliteError(code, 0, sqlite3_errstr(code));
    }
    if ((code & 0xff) == SQLITE_CORRUPT && is_read_refused(thread_errno)) {
        fail_to_read(thread_errno);
    }
    // SQLite does not note the errno of a COMMIT that failed to write; the thread's own is what
    // that write has left.
    const int system_errno = thread_errno != 0 ? thread_errno : sqlite3_system_errno(db);
    throw SqliteError(sqlite3_extended_errcode(db), system_errno, sqlite3_errmsg(db));
}

void check(sqlite3* db, int code) {
    if (code != SQLITE_OK) {
        fail(db, code);
    }
}

std::string describe(int extended_code, int system_errno, const std::string& message) {
    std::string text = message + " (SQLite " + std::to_string(extended_code);
    const int primary = extended_code & 0xff;
    if (system_errno != 0 && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN)) {
        text += ", errno " + std::to_string(system_errno);
    }
    return text + ")";
}

// SQLite opens for reading what it could not open for writing, whatever the reason was.
void require_writable(sqlite3* db) {
    if (sqlite3_db_readonly(db, "main") != 0) {
        throw SqliteError(SQLITE_READONLY, 0, "the file could be opened for reading only");
    }
}

// Of all connections together.
void bound_memory() {
    static const auto bytes = static_cast<sqlite3_int64>(memory_limit() / kMemoryParts);
    sqlite3_soft_heap_limit64(bytes);
}

void harden(sqlite3* db) {
    bound_memory();
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, kValueBytesMax);
    sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, kSqlBytesMax);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
    check(db, sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr));
    check(db, sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr));
    check(db, sqlite3_busy_timeout(db, kBusyTimeoutMs));
}

}  // namespace

SqliteError::SqliteError(int extended_code, int system_errno, const std::string& message)
    : std::runtime_error(describe(extended_code, system_errno, message)),
      code_(extended_code),
      system_errno_(system_errno) {}

SqliteError SqliteError::damage(const std::string& what) {
    return {SQLITE_CORRUPT, 0, what};
}

bool SqliteError::is_passing() const {
    switch (code_ & 0xff) {
        case SQLITE_IOERR:
            // A write that found no room changed nothing that counts. A failed fsync is another
            // matter: the kernel may have dropped the pages and will report success next time.
            return code_ == SQLITE_IOERR_NOMEM ||
                   (code_ != SQLITE_IOERR_FSYNC && code_ != SQLITE_IOERR_DIR_FSYNC &&
                    (system_errno_ == ENOSPC || system_errno_ == EDQUOT || system_errno_ == EFBIG ||
                     system_errno_ == EROFS));
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_CONSTRAINT:
        case SQLITE_INTERNAL:
        case SQLITE_MISUSE:
        case SQLITE_READONLY:  // of a file as it was opened, until somebody opens it anew
            return false;
        default:
            return true;
    }
}

bool SqliteError::is_no_room() const {
    return (code_ & 0xff) == SQLITE_FULL || (is_passing() && (code_ & 0xff) == SQLITE_IOERR &&
                                             (system_errno_ == ENOSPC || system_errno_ == EDQUOT));
}

bool SqliteError::is_corruption() const {
    switch (code_ & 0xff) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_CONSTRAINT:  // a row that cannot be there, or a counter that has gone back
            return true;
        default:
            return false;
    }
}

Database::Database(const std::filesystem::path& file, Access access) {
    install_fault_vfs();
    const bool reads = access == Access::reader || access == Access::immutable;
    const int mode = reads ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    const std::string name =
        access == Access::immutable ? uri_of(file) + "?immutable=1" : file.string();
    errno = 0;
    const int opened = sqlite3_open_v2(
        name.c_str(),
        &db_,
        mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
            (access == Access::immutable ? SQLITE_OPEN_URI : 0),
        nullptr);
    try {
        check(db_, opened);
        harden(db_);
        if (!reads) {
            require_writable(db_);
        }
        watch_statements(db_);
        execute(settings_of(access));
    } catch (...) {
        sqlite3_close_v2(db_);
        throw;
    }
    if (access == Access::writer) {
        sqlite3_wal_hook(
            db_,
            [](void* self, sqlite3*, const char*, int pages) {
                static_cast<Database*>(self)->wal_pages_ = pages;
                return SQLITE_OK;
            },
            this);
    }
}

Database::~Database() {
    sqlite3_close_v2(db_);
}

void Database::execute(const char* sql) {
    errno = 0;
    check(db_, sqlite3_exec(db_, sql, nullptr, nullptr, nullptr));
}

std::int64_t Database::changes() const {
    return sqlite3_changes64(db_);
}

std::int64_t Database::last_insert_rowid() const {
    return sqlite3_last_insert_rowid(db_);
}

std::int64_t Database::pragma_integer(const char* sql) {
    Statement statement(*this, sql);
    Rows rows = statement.query();
    return rows.next() ? rows.integer(0) : 0;
}

std::vector<std::string> Database::texts(const std::string& sql) {
    Statement statement(*this, sql.c_str());
    std::vector<std::string> found;
    Rows rows = statement.query();
    while (rows.next()) {
        found.emplace_back(rows.text(0));
    }
    return found;
}

std::vector<std::string> Database::tables() {
    return texts(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        " ORDER BY name");
}

std::vector<Column> Database::columns(const char* table) {
    Statement statement(
        *this,
        "SELECT name, type = 'INTEGER', \"notnull\" = 0 AND pk = 0 FROM pragma_table_info(?)"
        " ORDER BY cid");
    std::vector<Column> found;
    Rows rows = statement.query(std::string_view(table));
    while (rows.next()) {
        found.push_back({std::string(rows.text(0)), rows.integer(1) != 0, rows.integer(2) != 0});
    }
    return found;
}

bool Database::has_rowid_key(const char* table) {
    Statement statement(
        *this,
        "SELECT COUNT(*) = 1 AND MIN(type = 'INTEGER') AND MIN(cid = 0)"
        " FROM pragma_table_info(?) WHERE pk > 0");
    Rows rows = statement.query(std::string_view(table));
    return rows.next() && rows.integer(0) != 0;
}

std::int64_t Database::root_page(const char* name) {
    Statement statement(*this, "SELECT rootpage FROM sqlite_schema WHERE name = ?");
    Rows rows = statement.query(std::string_view(name));
    return rows.next() ? rows.integer(0) : 0;
}

std::int64_t Database::application_id() {
    return pragma_integer("PRAGMA application_id");
}

std::int64_t Database::user_version() {
    return pragma_integer("PRAGMA user_version");
}

std::int64_t Database::table_count() {
    return pragma_integer("SELECT COUNT(*) FROM sqlite_schema");
}

void Database::set_identity(std::int32_t application_id, std::int32_t user_version) {
    // PRAGMA takes no parameters; both values are numbers of ours.
    execute(("PRAGMA application_id = " + std::to_string(application_id)).c_str());
    execute(("PRAGMA user_version = " + std::to_string(user_version)).c_str());
}

void Database::prepare_for_incremental_vacuum() {
    execute("PRAGMA auto_vacuum = INCREMENTAL");
}

void Database::use_wal(bool full) {
    execute("PRAGMA journal_mode = WAL");
    execute(full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
}

std::int64_t Database::free_pages() {
    return pragma_integer("PRAGMA freelist_count");
}

void Database::incremental_vacuum(std::int64_t pages) {
    execute(("PRAGMA incremental_vacuum(" + std::to_string(pages) + ")").c_str());
}

std::string Database::first_finding(const char* sql) {
    Statement statement(*this, sql);
    Rows rows = statement.query();
    const bool found = rows.next();
    if (is_read_refused(errno)) {
        fail_to_read(errno);
    }
    return found ? std::string(rows.text(0)) : std::string();
}

std::string Database::integrity_check() {
    return first_finding("PRAGMA integrity_check");
}

std::string Database::quick_check() {
    return first_finding("PRAGMA quick_check");
}

std::string Database::check_table(const char* name) {
    return first_finding(("PRAGMA integrity_check(" + std::string(name) + ")").c_str());
}

void Database::interrupt() {
    sqlite3_interrupt(db_);
}

bool Database::checkpoint(CheckpointMode mode) {
    int log_pages = 0;
    int moved_pages = 0;
    const int kind =
        mode == CheckpointMode::passive ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE;
    errno = 0;
    const int code = sqlite3_wal_checkpoint_v2(db_, nullptr, kind, &log_pages, &moved_pages);
    if ((code & 0xff) == SQLITE_BUSY) {
        return false;  // a reader is still on the log; the next round gets it
    }
    check(db_, code);
    return log_pages == moved_pages;
}

void Database::leave_wal_on_close() {
    check(db_, sqlite3_db_config(db_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr));
}

Backup::Backup(Database& from, Database& to)
    : to_(&to), backup_(sqlite3_backup_init(to.handle(), "main", from.handle(), "main")) {
    if (backup_ == nullptr) {
        fail(to.handle(), sqlite3_errcode(to.handle()));
    }
}

Backup::~Backup() {
    sqlite3_backup_finish(backup_);
}

bool Backup::step(int pages) {
    const int code = sqlite3_backup_step(backup_, pages);
    if (code == SQLITE_DONE) {
        return true;
    }
    const bool must_wait = (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED;
    if (code != SQLITE_OK && !must_wait) {
        throw SqliteError(code, sqlite3_system_errno(to_->handle()), sqlite3_errstr(code));
    }
    return false;
}

Rows::~Rows() {
    sqlite3_reset(statement_);  // repeats the error of the last step, which next() has thrown
}

bool Rows::next() {
    errno = 0;
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code != SQLITE_DONE) {
        fail(db_->handle(), code);
    }
    return false;
}

std::int64_t Rows::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

bool Rows::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::string_view Rows::text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (bytes == nullptr) {
        return {};
    }
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Statement::Statement(Database& db, const char* sql) : db_(&db) {
    errno = 0;
    check(
        db.handle(),
        sqlite3_prepare_v3(db.handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
}

Statement::~Statement() {
    sqlite3_finalize(statement_);
}

void Statement::run_with(const std::vector<Value>& values) {
    int index = 0;
    for (const Value& value : values) {
        ++index;
        if (const auto* number = std::get_if<std::int64_t>(&value)) {
            bind(index, *number);
        } else if (const auto* text = std::get_if<std::string>(&value)) {
            bind(index, *text);
        } else {
            bind_null(index);
        }
    }
    Rows(*db_, statement_).next();
}

void Statement::bind(int index, std::string_view value) {
    // A null pointer would bind NULL instead of the empty text.
    const char* bytes = value.data() == nullptr ? "" : value.data();
    check(
        db_->handle(),
        sqlite3_bind_text(statement_, index, bytes, static_cast<int>(value.size()), SQLITE_STATIC));
}

void Statement::bind_integer(int index, std::int64_t value) {
    check(db_->handle(), sqlite3_bind_int64(statement_, index, value));
}

void Statement::bind_null(int index) {
    check(db_->handle(), sqlite3_bind_null(statement_, index));
}

Snapshot::Snapshot(Database& db) : db_(&db) {
    db.execute("BEGIN");
}

Snapshot::~Snapshot() {
    sqlite3_exec(db_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);  // nothing was written
}

Transaction::Transaction(Database& db) : db_(&db) {
    db.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    // SQLite has already rolled back by itself after some errors.
    if (open_ && sqlite3_get_autocommit(db_->handle()) == 0) {
        sqlite3_exec(db_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void Transaction::commit() {
    db_->execute("COMMIT");
    open_ = false;
}

}  // namespace eventbus::sqlite
