import Foundation

/// Real data sets, which are no part of the repository: the folder that `MAPO_DATA` names, else
/// `../shared/data` beside the package.
public enum RealData {
  /// The folder, whether it is there or not.
  public static let folder =
    ProcessInfo.processInfo.environment["MAPO_DATA"].map { URL(filePath: $0) }
    ?? TinyWorld.packageRoot.appending(path: "../shared/data").standardizedFileURL

  /// Whether a part of it is there.
  public static func has(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: path).path)
  }
}
