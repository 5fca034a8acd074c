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

/// Writes the report of a run, finished or not, as one HTML file.
///
/// - Parameter file: Where it goes; `report.html` in the run folder where nil.
/// - Throws: `RunError` where the folder is none of a run; the file system's error. What was there
///   before stays then.
@discardableResult
func writeReport(of folder: RunFolder, to file: URL? = nil) throws -> WrittenReport {
  let report = RunReport(try RunRecord(of: folder))
  let html = Data(report.page.html().utf8)
  let file = file ?? folder.reportFile
  try html.write(to: file, options: .atomic)
  return WrittenReport(
    path: file.relativePath, bytes: html.count, missing: report.missing, notes: report.record.notes)
}
