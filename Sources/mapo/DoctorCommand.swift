import ArgumentParser
import Benchmarks
import Reports

/// `mapo doctor`: whether this machine is ready, and what the engine makes of it.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Show what this machine offers and how it is used.")

  @Flag(help: "Print one JSON document on standard output.")
  var json = false

  func run() throws {
    let machine = try MachineReport()
    if json { return try printJSON(machine) }
    print(
      facts([
        ("CPU", machine.cpu), ("instructions", machine.features.joined(separator: " ")),
        ("Swift code for", machine.vectors),
        ("cores", "\(machine.cores), of which \(machine.threads) are used"),
        ("memory", bytes(Int(machine.memoryBytes))),
        ("free disk", machine.freeDiskBytes.map(bytes) ?? "unknown"),
        ("matrix product", machine.product),
        ("matrix library", machine.library ?? "none"),
        ("its kernels", (machine.coreName.map { "\($0): " } ?? "") + machine.reason),
      ]))
  }
}
