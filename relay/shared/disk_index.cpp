#include "relay/shared/disk_index.hpp"

#include <sqlite3.h>

#include <string>
#include <system_error>
#include <utility>

namespace ferry::relay {

namespace fs = std::filesystem;

namespace {

constexpr const char* kSchema =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA user_version = 1;"
    "CREATE TABLE IF NOT EXISTS objects (id BLOB PRIMARY KEY, url BLOB NOT NULL, head BLOB NOT NULL);"
    "CREATE TABLE IF NOT EXISTS chunks (object BLOB NOT NULL, number INTEGER NOT NULL, hash BLOB NOT NULL, "
    "bytes INTEGER NOT NULL,"
    " PRIMARY KEY (object, number)) WITHOUT ROWID;";

base::ByteView blob(sqlite3_stmt* row, int column) {
    return {static_cast<const std::uint8_t*>(sqlite3_column_blob(row, column)),
            static_cast<std::size_t>(sqlite3_column_bytes(row, column))};
}

/// A statement that lives as long as the database and is used again and again.
class Statement {
  public:
    Statement(sqlite3* database, const char* sql) {
        if (sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr) !=
            SQLITE_OK)
            statement_ = nullptr;
    }
    ~Statement() { sqlite3_finalize(statement_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    Statement& bind(int column, base::ByteView bytes) {
        sqlite3_bind_blob(statement_, column, bytes.data(), static_cast<int>(bytes.size()), SQLITE_TRANSIENT);
        return *this;
    }
    Statement& bind(int column, std::uint64_t number) {
        sqlite3_bind_int64(statement_, column, static_cast<std::int64_t>(number));
        return *this;
    }
    bool step() { return sqlite3_step(statement_) == SQLITE_ROW; }
    /// False when it failed.
    bool run() {
        const int outcome = sqlite3_step(statement_);
        sqlite3_reset(statement_);
        return outcome == SQLITE_DONE;
    }
    sqlite3_stmt* row() const { return statement_; }
    bool valid() const { return statement_ != nullptr; }

  private:
    sqlite3_stmt* statement_ = nullptr;
};

std::string first_text(sqlite3* database, const char* sql) {
    Statement statement(database, sql);
    if (!statement.valid() || !statement.step()) return {};
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement.row(), 0));
    return text == nullptr ? std::string{} : std::string(text);
}

struct Closer {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
using Connection = std::unique_ptr<sqlite3, Closer>;

enum class IndexState : std::uint8_t { usable, worthless, locked };

IndexState outcome(sqlite3* database) {
    const int error = sqlite3_errcode(database) & 0xff;
    return error == SQLITE_BUSY || error == SQLITE_LOCKED ? IndexState::locked : IndexState::worthless;
}

IndexState connect(const fs::path& file, std::chrono::milliseconds patience, Connection& into) {
    sqlite3* raw = nullptr;
    const int opened = sqlite3_open_v2(
        file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    into.reset(raw);
    if (opened != SQLITE_OK) return IndexState::worthless;
    sqlite3_busy_timeout(raw, static_cast<int>(patience.count()));
    if (first_text(raw, "PRAGMA quick_check(1)") != "ok") return outcome(raw);
    const auto version = first_text(raw, "PRAGMA user_version");
    if (version.empty()) return outcome(raw);
    if (version != "0" && version != "1") return IndexState::worthless;
    return sqlite3_exec(raw, kSchema, nullptr, nullptr, nullptr) == SQLITE_OK ? IndexState::usable : outcome(raw);
}

void remove_database(const fs::path& file) {
    for (const char* suffix : {"", "-wal", "-shm"}) {
        std::error_code ignored;
        fs::remove(file.string() + suffix, ignored);
    }
}

}  // namespace

struct DiskIndex::Database {
    explicit Database(Connection opened)
        : connection(std::move(opened)),
          begin(connection.get(), "BEGIN IMMEDIATE"),
          commit(connection.get(), "COMMIT"),
          rollback(connection.get(), "ROLLBACK"),
          put_object(connection.get(),
                     "INSERT INTO objects VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET head = ?3"),
          put_chunk(connection.get(), "INSERT OR REPLACE INTO chunks VALUES (?1, ?2, ?3, ?4)"),
          remove_object(connection.get(), "DELETE FROM objects WHERE id = ?1"),
          remove_chunks(connection.get(), "DELETE FROM chunks WHERE object = ?1"),
          remove_chunk(connection.get(), "DELETE FROM chunks WHERE object = ?1 AND number = ?2") {}

    bool valid() const {
        return begin.valid() && commit.valid() && rollback.valid() && put_object.valid() &&
               put_chunk.valid() && remove_object.valid() && remove_chunks.valid() && remove_chunk.valid();
    }
    void run(Statement& statement) { failed = !statement.run() || failed; }

    Connection connection;
    Statement begin, commit, rollback, put_object, put_chunk, remove_object, remove_chunks, remove_chunk;
    bool failed = false;
};

DiskIndex::DiskIndex(std::unique_ptr<Database> database) : database_(std::move(database)) {}
DiskIndex::~DiskIndex() = default;

base::Result<std::unique_ptr<DiskIndex>> DiskIndex::open(const fs::path& file,
                                                         std::chrono::milliseconds patience) {
    Connection connection;
    auto opened = connect(file, patience, connection);
    if (opened == IndexState::worthless) {
        connection.reset();
        remove_database(file);
        opened = connect(file, patience, connection);
    }
    if (opened == IndexState::locked) {
        return base::fail(base::environment(
            "disk_unusable", "the cache's index in " + file.parent_path().string() +
                                 " is in use by another process: give each relay a data directory of its own"));
    }
    auto database = opened == IndexState::usable ? std::make_unique<Database>(std::move(connection)) : nullptr;
    if (!database || !database->valid()) {
        return base::fail(base::environment(
            "disk_unusable", "cannot open the cache's index in " + file.parent_path().string()));
    }
    return std::unique_ptr<DiskIndex>(new DiskIndex(std::move(database)));
}

std::vector<StoredObject> DiskIndex::objects() {
    std::vector<StoredObject> out;
    Statement rows(database_->connection.get(), "SELECT id, url, head FROM objects ORDER BY rowid");
    while (rows.step()) {
        const auto id = ObjectId::from(blob(rows.row(), 0));
        const auto key = UrlKey::from(blob(rows.row(), 1));
        const auto head = blob(rows.row(), 2);
        if (id && key) out.push_back({*id, *key, {head.begin(), head.end()}});
    }
    return out;
}

std::vector<StoredChunk> DiskIndex::chunks() {
    std::vector<StoredChunk> out;
    Statement rows(database_->connection.get(),
                   "SELECT object, number, hash, bytes FROM chunks ORDER BY object, number");
    while (rows.step()) {
        const auto id = ObjectId::from(blob(rows.row(), 0));
        const auto number = sqlite3_column_int64(rows.row(), 1);
        const auto hash = base::Hash256::from(blob(rows.row(), 2));
        const auto bytes = sqlite3_column_int64(rows.row(), 3);
        if (!id || !hash || number < 0 || bytes <= 0 || bytes > INT32_MAX) continue;
        out.push_back({ChunkKey{*id, base::ChunkIndex{static_cast<std::uint64_t>(number)}}, *hash,
                       static_cast<std::uint32_t>(bytes)});
    }
    return out;
}

void DiskIndex::begin() {
    database_->failed = false;
    database_->run(database_->begin);
}

base::Result<void> DiskIndex::commit() {
    if (!database_->failed) database_->run(database_->commit);
    if (!database_->failed) return {};
    const std::string why = sqlite3_errmsg(database_->connection.get());  // a rollback has a message of its own
    database_->rollback.run();
    return base::fail(base::environment("disk_failed", "cannot write the cache's index: " + why));
}

void DiskIndex::put(const StoredObject& object) {
    database_->run(database_->put_object.bind(1, object.id.view())
                       .bind(2, object.key.view())
                       .bind(3, base::ByteView{object.head}));
}

void DiskIndex::put(const StoredChunk& chunk) {
    database_->run(database_->put_chunk.bind(1, chunk.key.object.view())
                       .bind(2, chunk.key.index.value)
                       .bind(3, chunk.hash.view())
                       .bind(4, std::uint64_t{chunk.bytes}));
}

void DiskIndex::remove(const ObjectId& object) {
    database_->run(database_->remove_object.bind(1, object.view()));
    database_->run(database_->remove_chunks.bind(1, object.view()));
}

void DiskIndex::remove(const ChunkKey& chunk) {
    database_->run(database_->remove_chunk.bind(1, chunk.object.view()).bind(2, chunk.index.value));
}

}  // namespace ferry::relay
