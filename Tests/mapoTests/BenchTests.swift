import Foundation
import Testing

/// `mapo bench` and `mapo doctor`: their documents, and what they say about wrong usage.
@Suite struct BenchTests {
  private static let model = ["--shape", "64,16,1,2,1,24", "--batch", "2"]
  private let here = FileManager.default.temporaryDirectory

  private func document(
    _ arguments: [String], environment: [String: String?] = [:]
  ) async throws -> [String: Any] {
    let outcome = try await Command.run(
      arguments + ["--json"], in: here, environment: environment)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    let json = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    return try #require(json as? [String: Any])
  }

  @Test func products() async throws {
    let found = try await document(["bench", "gemm", "--sizes", "8,64", "--threads", "2"])
    #expect(
      Set(found.keys) == ["gflops", "library", "coreName", "reason", "threads", "results"])
    let results = try #require(found["results"] as? [[String: Any]])
    #expect(results.compactMap { $0["n"] as? Int } == [8, 8, 8, 64, 64, 64])
    #expect(
      results.compactMap { $0["mode"] as? String }.suffix(3)
        == ["libraryThreads", "productPerCore", "engine"])
    #expect(found["threads"] as? Int == 2)
  }

  @Test func training() async throws {
    // One thread: the most scratch that is in use at once then does not depend on timing.
    let found = try await document(
      ["bench", "train", "--length", "8", "--steps", "40", "--threads", "1", "--no-ceiling"]
        + Self.model)
    #expect(
      Set(found.keys) == [
        "parameters", "tokensPerSecond", "gflops", "ceilingGflops", "fractionOfCeiling",
        "peakMemoryBytes", "allocationsPerStep", "bytesPerStep", "secondsPerStep", "loss",
        "residentBytesFirst", "residentBytesLast", "product", "threads",
      ])
    #expect(found["ceilingGflops"] is NSNull && found["fractionOfCeiling"] is NSNull)
    #expect(found["allocationsPerStep"] as? Double == 0)
    #expect(try #require(found["tokensPerSecond"] as? Double) > 0)
    #if os(Linux)
      #expect(try #require(found["peakMemoryBytes"] as? Int) > 0)
    #endif
  }

  @Test func generation() async throws {
    let found = try await document(
      ["bench", "generate", "--prompt", "4", "--new", "3", "--seed", "2"] + Self.model)
    #expect(
      Set(found.keys) == [
        "newTokensPerSecond", "promptTokensPerSecond", "decodeTokensPerSecond", "product",
        "threads",
      ])
  }

  @Test func scoring() async throws {
    let found = try await document(["bench", "score", "--length", "8"] + Self.model)
    #expect(
      Set(found.keys) == ["tokensPerSecond", "tokens", "logLikelihood", "product", "threads"])
  }

  @Test func ppo() async throws {
    let found = try await document(
      ["bench", "ppo", "--prompt", "4", "--response", "3", "--epochs", "2", "--updates", "2"]
        + Self.model)
    #expect(
      Set(found.keys) == [
        "secondsPerUpdate", "phases", "parameters", "responseTokens", "steps", "peakMemoryBytes",
        "allocationsPerUpdate", "updates", "product", "threads",
      ])
    let phases = try #require(found["phases"] as? [String: Double])
    #expect(Set(phases.keys) == ["rollout", "score", "advantages", "update"])
    #expect(found["steps"] as? Int == 2 && found["responseTokens"] as? Double == 3)
  }

  @Test func doctor() async throws {
    let found = try await document(["doctor"])
    #expect(
      Set(found.keys) == [
        "cpu", "features", "cores", "threads", "vectors", "memoryBytes", "freeDiskBytes",
        "product", "library", "coreName", "reason",
      ])
    let outcome = try await Command.run(["doctor"], in: here)
    #expect(outcome.status == 0 && outcome.output.contains("its kernels"))
  }

  #if os(Linux) && arch(x86_64)
    @Test func theUsersKernelsAreRespected() async throws {
      let found = try await document(["doctor"], environment: ["OPENBLAS_CORETYPE": "Prescott"])
      #expect(found["coreName"] as? String == "Prescott")
      let reason = try #require(found["reason"] as? String)
      #expect(reason.hasPrefix("OPENBLAS_CORETYPE is set to Prescott"))
    }

    @Test func ourKernelsAreThoseOfTheProcessor() async throws {
      let found = try await document(["doctor"], environment: ["OPENBLAS_CORETYPE": nil])
      let features = try #require(found["features"] as? [String])
      let wide = Set(["avx512f", "avx512dq", "avx512bw", "avx512vl", "avx512cd", "fma"])
      #expect((found["coreName"] as? String == "SkylakeX") == wide.isSubset(of: features))
    }
  #endif

  #if os(Linux)
    @Test func aMissingLibraryIsNamed() async throws {
      let folder = here.appendingPathComponent("no-library-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      // Empty files in the place where the loader looks first.
      for name in ["libopenblas.so.0", "libopenblas.so"] {
        try Data().write(to: folder.appendingPathComponent(name))
      }
      let environment = ["LD_LIBRARY_PATH": folder.path]
      let sentence =
        "OpenBLAS is not installed (Debian and Ubuntu: apt-get install libopenblas-dev)"
      for command in [
        ["bench", "gemm", "--sizes", "8"], ["bench", "train", "--length", "8"] + Self.model,
      ] {
        let outcome = try await Command.run(command, in: here, environment: environment)
        #expect(outcome.errors == "Error: \(sentence)\n")
        #expect(outcome.status == 1 && outcome.output.isEmpty)
      }
      // Without the library our own product still works, where the CPU has what it needs.
      let found = try await document(
        ["doctor"], environment: environment.merging(["MAPO_PRODUCT": "panels"]) { $1 })
      #expect(found["library"] is NSNull && found["reason"] as? String == sentence)
      let outcome = try await Command.run(
        ["doctor"], in: here, environment: environment.merging(["MAPO_PRODUCT": "openblas"]) { $1 })
      #expect(outcome.errors == "Error: \(sentence)\n" && outcome.status == 1)
    }

    @Test func anUnknownProductIsNamed() async throws {
      let outcome = try await Command.run(
        ["doctor"], in: here, environment: ["MAPO_PRODUCT": "fast"])
      #expect(outcome.errors == "Error: MAPO_PRODUCT is 'fast'; it can be panels or openblas\n")
      #expect(outcome.status == 1)
    }
  #endif

  @Test(arguments: [
    (["gemm", "--sizes", "64,x"], "'x' is not a whole number"),
    (["gemm", "--threads", "0"], "--threads is 0, outside 1 to 1024"),
    (
      ["train", "--length", "8", "--steps", "2"] + model, "--steps is 2, outside 3 to 1000000"
    ),
    (["train", "--length", "1"] + model, "--length is 1, outside 2 to 1000000"),
    (
      ["score", "--length", "8", "--batch", "1", "--shape", "64,15,1,2,1,24"],
      "width 15 is not a multiple of heads 2"
    ),
    (["generate", "--prompt", "4", "--new", "1"] + model, "--new is 1, outside 2 to 1000000"),
    (
      ["ppo", "--prompt", "4", "--response", "3", "--epochs", "0"] + model,
      "--epochs is 0, outside 1 to 1000"
    ),
  ])
  func wrongUsage(arguments: [String], sentence: String) async throws {
    let outcome = try await Command.run(["bench"] + arguments, in: here)
    let line = outcome.errors.split(separator: "\n").first.map(String.init) ?? ""
    #expect(line.hasPrefix("Error: ") && line.hasSuffix(sentence), "\(outcome.errors)")
    #expect(outcome.status == 2 && outcome.output.isEmpty)
  }
}
