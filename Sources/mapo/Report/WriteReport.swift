import Foundation
import Pipeline
import Reports

/// A report that was written, and what it lacks: what `mapo report --json` prints.
struct WrittenReport: Encodable {
  /// Where it is.
  var path: String
  /// Its length.
  var bytes: Int
  /// What the run has not left, and what of it could not be read: a sentence each.
  var missing, notes: [String]
}

/// Why a report could not be written.
struct UnwritableReport: Error, CustomStringConvertible {
  let path, reason: String

  var description: String { "cannot write the report '\(path)': \(reason)" }
}

/// Writes the report of a run, finished or not, as one HTML file.
///
/// - Parameter file: Where it goes; `report.html` in the run folder where nil.
/// - Throws: `RunError` where the folder is none of a run; ``UnwritableReport``. What was there
///   before stays then.
@discardableResult
func writeReport(of folder: RunFolder, to file: URL? = nil) throws -> WrittenReport {
  let report = RunReport(try RunRecord(of: folder))
  let html = Data(report.page.html().utf8)
  let file = file ?? folder.reportFile
  do { try html.write(to: file, options: .atomic) } catch {
    throw UnwritableReport(path: file.relativePath, reason: error.localizedDescription)
  }
  return WrittenReport(
    path: file.relativePath, bytes: html.count, missing: report.missing, notes: report.record.notes)
}
