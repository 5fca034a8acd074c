import Foundation

extension RunFolder {
  /// What `mapo optimize` found last.
  ///
  /// - Throws: `RunError.noData` where its file is missing or damaged.
  public func optimization() throws -> OptimizationReport {
    do {
      return try JSONDecoder().decode(
        OptimizationReport.self, from: Data(contentsOf: optimizationFile))
    } catch {
      throw RunError.noData("\(optimizationFile.path) is missing or damaged")
    }
  }

  /// The file with the best prompt of Dual-Phase for one search of a report, byte for byte.
  public func bestPromptFile(
    of place: OptimizationReport.Place, in report: OptimizationReport
  ) -> URL {
    let isRepeated = report.searches.contains { $0.place.repetition > 1 }
    let name = "\(place.target)-\(place.task)" + (isRepeated ? "-\(place.repetition)" : "")
    let allowed = name.map {
      $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-"
    }
    return optimizationFolder.appendingPathComponent(String(allowed) + ".txt")
  }

  /// Writes the prompts, and then the report; prompts of an earlier report are removed.
  func write(_ report: OptimizationReport) throws {
    let files = FileManager.default
    try files.createDirectory(at: optimizationFolder, withIntermediateDirectories: true)
    let old = try files.contentsOfDirectory(
      at: optimizationFolder, includingPropertiesForKeys: nil)
    for file in old where file.pathExtension == "txt" { try files.removeItem(at: file) }
    for search in report.searches {
      guard let prompt = search[.dualPhase]?.outcome.prompt else { continue }
      try Data(prompt.utf8).write(
        to: bestPromptFile(of: search.place, in: report), options: .atomic)
    }
    let json = try ConfigurationLoader.resolvedJSON(report)
    try Data(json.utf8).write(to: optimizationFile, options: .atomic)
  }
}
