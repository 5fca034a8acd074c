// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "RewritePrompts",
  dependencies: [
    // A program of your own names the repository instead:
    // .package(url: "https://…/mapo", branch: "main", traits: [])
    .package(name: "mapo", path: "../..", traits: [])
  ],
  targets: [
    .executableTarget(
      name: "rewrite-prompts", dependencies: [.product(name: "Rewriting", package: "mapo")])
  ],
  swiftLanguageModes: [.v6]
)
