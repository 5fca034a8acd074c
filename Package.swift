// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The CPU that Swift code is compiled for: the one at hand, unless MAPO_CPU names another
// (any value of clang's -march). "generic" leaves the choice to the compiler.
let cpu = ProcessInfo.processInfo.environment["MAPO_CPU"] ?? "native"
let vectorFlags: [SwiftSetting] =
  cpu == "generic" ? [] : [.unsafeFlags(["-Xcc", "-march=\(cpu)"])]
let settings: [SwiftSetting] = [.treatAllWarnings(as: .error)] + vectorFlags

/// A product of another package, for the program and its stages: who uses the libraries alone leaves
/// the trait out, and nothing is fetched.
func product(_ name: String, of package: String) -> Target.Dependency {
  .product(name: name, package: package, condition: .when(traits: ["Program"]))
}

let yams = product("Yams", of: "Yams")
let grdb = product("GRDB", of: "GRDB.swift")
let argumentParser = product("ArgumentParser", of: "swift-argument-parser")
let logging = product("Logging", of: "swift-log")
let httpClient = product("AsyncHTTPClient", of: "async-http-client")

/// A product of swift-nio.
func nio(_ name: String) -> Target.Dependency { product(name, of: "swift-nio") }

/// A library target and its dependencies, which point one way: CONTRIBUTING.md shows the order.
func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/\(name)", exclude: ["README.md"],
    swiftSettings: settings)
}

/// The tests of one target; golden files are read from the source tree.
func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  let path = "Tests/\(name)Tests"
  let hasGolden = FileManager.default.fileExists(
    atPath: "\(Context.packageDirectory)/\(path)/Golden")
  return .testTarget(
    name: "\(name)Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies,
    path: path, exclude: hasGolden ? ["Golden"] : [], swiftSettings: settings)
}

let package = Package(
  name: "mapo",
  products: [
    .executable(name: "mapo", targets: ["mapo"]),
    .library(name: "Rewriting", targets: ["Rewriting"]),
    .library(name: "Alignment", targets: ["Alignment"]),
    .library(name: "Tensors", targets: ["Tensors"]),
    .library(name: "Tokenizers", targets: ["Tokenizers"]),
  ],
  traits: [
    .trait(name: "Program", description: "The program mapo, with networking and its database."),
    .default(enabledTraits: ["Program"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
  ],
  targets: [
    // Only a header: facts of the C library and the compiler.
    .systemLibrary(name: "CPlatform", path: "Sources/CPlatform"),
    library("Tensors", ["CPlatform"]),
    library("NeuralNetworks", ["Tensors"]),
    library("Tokenizers"),
    library("LanguageModels", ["Jinja", "NeuralNetworks", "Tokenizers", "Tensors"]),
    library("Alignment", ["LanguageModels", "NeuralNetworks", "Tensors"]),
    library(
      "Benchmarks",
      [
        "Alignment", "CPlatform", "FeedbackStore", "LanguageModels", "NeuralNetworks",
        "TargetModels", "Tensors", "Tokenizers",
      ]),
    library("Rewriting", ["LanguageModels", "NeuralNetworks", "Tokenizers"]),
    library("Jinja"),
    library("Tasks", ["Jinja", yams]),
    library(
      "TargetModels",
      [
        "LanguageModels", "NeuralNetworks", "Tensors", "Tokenizers", httpClient, nio("NIOCore"),
        nio("NIOHTTP1"), nio("NIOPosix"),
      ]),
    library("PromptSearch", ["Tasks"]),
    library("BuiltInTasks", ["Tasks", "PromptSearch"]),
    library("FeedbackStore", [grdb]),
    library(
      "Pipeline",
      [
        "Alignment", "BuiltInTasks", "FeedbackStore", "LanguageModels", "NeuralNetworks",
        "PromptSearch", "Rewriting", "TargetModels", "Tasks", "Tensors", "Tokenizers", yams,
        logging,
      ]),
    library("Reports"),
    .executableTarget(
      name: "mapo",
      dependencies: [
        "Benchmarks", "Pipeline", "Reports", "Rewriting", "Tensors", argumentParser, logging,
      ],
      path: "Sources/mapo", exclude: ["README.md"], swiftSettings: settings),
    .target(
      name: "TestSupport", dependencies: ["Tensors"], path: "Tests/TestSupport",
      exclude: ["splitmix.py"],
      swiftSettings: settings),
    .target(
      name: "LocalServer",
      dependencies: ["Tensors", nio("NIOCore"), nio("NIOHTTP1"), nio("NIOPosix")],
      path: "Tests/LocalServer", swiftSettings: settings),
    .executableTarget(
      name: "local-server",
      dependencies: ["LocalServer", "TargetModels", "Tensors", argumentParser],
      path: "Tests/local-server", swiftSettings: settings),
    tests("Tensors"),
    tests("NeuralNetworks", ["Tensors"]),
    tests("Tokenizers"),
    tests("LanguageModels", ["NeuralNetworks", "Tensors", "Tokenizers"]),
    tests("Alignment", ["LanguageModels", "NeuralNetworks", "Tensors"]),
    tests("Benchmarks", ["LocalServer", "Tokenizers"]),
    tests("Rewriting", ["LanguageModels", "NeuralNetworks", "Tokenizers"]),
    tests("Jinja"),
    tests("Tasks", ["Jinja"]),
    tests(
      "TargetModels", ["LanguageModels", "LocalServer", "NeuralNetworks", "Tensors", "Tokenizers"]),
    tests("PromptSearch", ["Tasks"]),
    tests("BuiltInTasks", ["PromptSearch", "Tasks"]),
    tests("FeedbackStore", [grdb]),
    tests(
      "Pipeline",
      [
        "Alignment", "FeedbackStore", "LanguageModels", "LocalServer", "NeuralNetworks",
        "PromptSearch", "Rewriting", "TargetModels", "Tasks", "Tensors", "Tokenizers", grdb,
        logging,
      ]),
    tests("Reports"),
    tests("mapo", ["LocalServer", "Rewriting", grdb]),
  ],
  swiftLanguageModes: [.v6]
)
