import Foundation
import GRDB

/// Everything that was ever asked of target models and what came of it, in one SQLite file.
///
/// Reads see the last finished write; writes come one after the other, each in one transaction.
/// One file serves several threads of one process, and readers in other processes.
public final class FeedbackStore: Sendable {
  private let writer: any DatabaseWriter
  private let path: String

  /// A store in memory, gone with the object.
  ///
  /// - Throws: ``StoreError/refused(action:reason:)`` when SQLite has no memory.
  public init() throws(StoreError) {
    path = ":memory:"
    do {
      writer = try DatabaseQueue(configuration: Self.configuration)
    } catch {
      throw StoreError(error, path: path)
    }
    try migrate()
  }

  /// Opens the store in `file`, and brings an older one to the present tables.
  ///
  /// - Parameters:
  ///   - file: The SQLite file; its journal files lie beside it.
  ///   - create: Whether a missing file is made. The folder must exist.
  /// - Throws: ``StoreError`` where the file is missing, no store, newer, or damaged. A file that
  ///   is refused is left as it was.
  public init(at file: URL, create: Bool = true) throws(StoreError) {
    path = file.path
    guard create || FileManager.default.fileExists(atPath: path) else {
      throw .missing(path: path)
    }
    try Self.checkOwner(of: path)
    do {
      writer = try DatabasePool(path: path, configuration: Self.configuration)
    } catch {
      throw StoreError(error, path: path)
    }
    try migrate()
  }

  /// Opens the store in `file` for reading alone: neither it nor its folder is changed.
  ///
  /// - Throws: ``StoreError`` where the file is missing, no store, damaged, or has other tables and
  ///   views than this version makes: what a foreign file computes in them is never run.
  public init(reading file: URL) throws(StoreError) {
    path = file.path
    guard FileManager.default.fileExists(atPath: path) else { throw .missing(path: path) }
    try Self.checkKind(of: path)
    do {
      // Without a journal nobody has it open. SQLite would make one to read, and leave it behind.
      let isIdle = !FileManager.default.fileExists(atPath: path + "-wal")
      let queue = try Self.readOnlyQueue(
        isIdle ? URL(fileURLWithPath: path).absoluteString + "?immutable=1" : path)
      guard try queue.read(Self.isOurs) else { throw StoreError.otherProgram(path: path) }
      guard try queue.read(Schema.statements) == Schema.newStatements() else {
        throw StoreError.cannotOpen(
          path: path, reason: "its tables are not those of this version of the program")
      }
      writer = queue
    } catch {
      throw StoreError(error, path: path)
    }
  }

  /// Writes in one transaction; `action` completes "could not …".
  func write<Value>(
    _ action: String, _ body: (Database) throws -> Value
  ) throws(StoreError) -> Value {
    do {
      return try writer.write(body)
    } catch {
      throw StoreError(error, path: path, action: action)
    }
  }

  /// Reads from one snapshot; `action` completes "could not …".
  func read<Value>(
    _ action: String, _ body: (Database) throws -> Value
  ) throws(StoreError) -> Value {
    do {
      return try writer.read(body)
    } catch {
      throw StoreError(error, path: path, action: action)
    }
  }

  /// Reads with a single statement, which is a snapshot without a transaction around it.
  func readStatement<Value>(
    _ action: String, _ body: (Database) throws -> Value
  ) throws(StoreError) -> Value {
    do {
      return try writer.unsafeRead(body)
    } catch {
      throw StoreError(error, path: path, action: action)
    }
  }

  private static var configuration: Configuration {
    var configuration = Configuration()
    configuration.foreignKeysEnabled = true
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { database in
      // With a write-ahead log a crash of the program loses nothing at this level; only a loss of
      // power may lose the last transactions, and never the file.
      try database.execute(sql: "PRAGMA synchronous = NORMAL")
    }
    return configuration
  }

  /// Looks at an existing file without changing it: opening a pool would switch its journal mode.
  private static func checkOwner(of path: String) throws(StoreError) {
    guard FileManager.default.fileExists(atPath: path) else { return }
    try checkKind(of: path)
    do {
      guard try readOnlyQueue(path).read(isOurs) else { throw StoreError.otherProgram(path: path) }
    } catch {
      throw StoreError(error, path: path)
    }
  }

  /// Whether an open file is a store of this program, or is still empty.
  private static func isOurs(_ database: Database) throws -> Bool {
    let id = try Int.fetchOne(database, sql: "PRAGMA application_id")
    // A first start that was killed may have left the migrator's own table, and no other.
    let tables = try Int.fetchOne(
      database,
      sql: """
        SELECT count(*) FROM sqlite_master
        WHERE tbl_name NOT LIKE 'grdb%' AND tbl_name NOT LIKE 'sqlite%'
        """)
    return id == Schema.applicationID || tables == 0
  }

  /// A pipe or a device has no end: SQLite would wait for it.
  private static func checkKind(of path: String) throws(StoreError) {
    let file = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    var isRegular = false
    do {
      let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
      isRegular = attributes[.type] as? FileAttributeType == .typeRegular
    } catch {
      throw .cannotOpen(path: path, reason: error.localizedDescription)
    }
    guard isRegular else { throw .cannotOpen(path: path, reason: "it is not a regular file") }
  }

  private static func readOnlyQueue(_ path: String) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(10)
    return try DatabaseQueue(path: path, configuration: configuration)
  }

  /// Copies the store in `source`, as of its last finished write, to a new file; the source is not
  /// changed, and may be written to meanwhile.
  ///
  /// - Throws: ``StoreError`` where the source is missing, no store, or damaged, or the copy cannot
  ///   be written.
  public static func copy(_ source: URL, to destination: URL) throws(StoreError) {
    guard FileManager.default.fileExists(atPath: source.path) else {
      throw .missing(path: source.path)
    }
    try checkOwner(of: source.path)
    do {
      let copy = try DatabaseQueue(path: destination.path)
      try readOnlyQueue(source.path).backup(to: copy)
      try copy.close()  // its journal goes with it: the file is whole by itself
    } catch {
      throw StoreError(error, path: source.path, action: "copy the store")
    }
  }

  private func migrate() throws(StoreError) {
    let migrator = Schema.migrator
    guard try !read("read its tables", migrator.hasBeenSuperseded) else {
      throw .newerSchema(path: path)
    }
    do {
      try migrator.migrate(writer)
    } catch {
      throw StoreError(error, path: path, action: "create its tables")
    }
  }
}

extension StoreError {
  /// Our own errors pass; those of SQLite get our words.
  init(_ error: any Error, path: String, action: String? = nil) {
    if let error = error as? StoreError {
      self = error
      return
    }
    let reason = (error as? DatabaseError)?.message ?? String(describing: error)
    switch (error as? DatabaseError)?.resultCode {
    case .SQLITE_NOTADB: self = .notADatabase(path: path)
    case .SQLITE_CORRUPT: self = .damaged(path: path)
    default:
      self =
        action.map { .refused(action: $0, reason: reason) }
        ?? .cannotOpen(path: path, reason: reason)
    }
  }
}
