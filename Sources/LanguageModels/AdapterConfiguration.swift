import Foundation
import NeuralNetworks

/// The `adapter_config.json` of the `peft` library, for LoRA.
package struct AdapterConfiguration {
  static let fileName = "adapter_config.json"
  static let weightsName = "adapter_model.safetensors"

  let lora: LoRAConfig
  let head: TransformerHead
  /// The path of the base's folder, absolute or from the adapter's folder.
  let basePath: String

  /// The keys of the file that we know. Keys of the field, in its spelling.
  private struct File: Codable {
    var peftType: String
    var taskType: String
    var baseModelNameOrPath: String
    var r: Int
    var loraAlpha: Float
    var loraDropout: Float?
    var targetModules: [String]
    var modulesToSave: [String]?
    var bias: String?
    var inferenceMode: Bool?
    var alphaPattern: [String: Float]?
    var aloraInvocationTokens: [Int]?
    var useDora: Bool?
    var useRslora: Bool?
  }

  private static let lowRank = "LORA"
  private static let causal = "CAUSAL_LM"
  private static let scalar = "SEQ_CLS"
  /// What `peft` keeps beside the adapter of a classifier; ours has the second.
  private static let headModules: Set = ["classifier", "score"]

  init(lora: LoRAConfig, head: TransformerHead, basePath: String) {
    self.lora = lora
    self.head = head
    self.basePath = basePath
  }

  /// Reads a file.
  init(contentsOf url: URL) throws(CheckpointError) {
    try self.init(json: mappedContents(of: url), name: url.path)
  }

  /// Reads a file's contents.
  ///
  /// - Parameter name: What the file is called in errors.
  /// - Throws: `CheckpointError.unreadable`: it is not such a file, or not of an adapter that is
  ///   supported.
  package init(json: Data, name: String) throws(CheckpointError) {
    let file = try JSONFile.decode(File.self, from: json, name: name)
    let modules = Set(file.targetModules)
    lora = LoRAConfig(
      rank: file.r, alpha: file.loraAlpha,
      layers: AdaptedLayer.allCases.filter { !modules.isDisjoint(with: $0.modules) })
    head = file.taskType == Self.scalar ? .scalar : .tokens
    basePath = file.baseModelNameOrPath
    if let reason = Self.unsupported(file) ?? Self.problem(of: modules, lora) ?? lora.problem {
      throw .unreadable(file: name, reason: reason)
    }
  }

  func write(to url: URL) throws {
    let file = File(
      peftType: Self.lowRank, taskType: head == .scalar ? Self.scalar : Self.causal,
      baseModelNameOrPath: basePath, r: lora.rank, loraAlpha: lora.alpha, loraDropout: 0,
      targetModules: lora.layers.flatMap(\.modules).sorted(),
      modulesToSave: head == .scalar ? Self.headModules.sorted() : nil, bias: "none",
      inferenceMode: true)
    try JSONFile.write(file, to: url)
  }

  private static func unsupported(_ file: File) -> String? {
    if file.peftType != lowRank { return "peft_type '\(file.peftType)' is not supported" }
    if file.taskType != causal && file.taskType != scalar {
      return "task_type '\(file.taskType)' is not supported"
    }
    let saved = Set(file.modulesToSave ?? [])
    if let other = saved.subtracting(file.taskType == scalar ? headModules : []).min() {
      return "modules_to_save '\(other)' is not supported"
    }
    if let bias = file.bias, bias != "none" { return "bias '\(bias)' is not supported" }
    if file.alphaPattern?.isEmpty == false { return "alpha_pattern is not supported" }
    if file.aloraInvocationTokens != nil { return "alora_invocation_tokens is not supported" }
    if file.useDora == true { return "use_dora is not supported" }
    if file.useRslora == true { return "use_rslora is not supported" }
    return nil
  }

  /// Modules that are one matrix here can only be adapted together.
  private static func problem(of modules: Set<String>, _ lora: LoRAConfig) -> String? {
    let expected = Set(lora.layers.flatMap(\.modules))
    if let other = modules.subtracting(expected).min() {
      return "target_modules '\(other)' is not supported"
    }
    if let missing = expected.subtracting(modules).min() {
      return "target_modules lacks '\(missing)', whose matrix is read together with others"
    }
    return nil
  }
}

extension AdaptedLayer {
  /// The published names of its parts.
  fileprivate var modules: [String] {
    switch self {
    case .attention: ["q_proj", "k_proj", "v_proj"]
    case .attentionOutput: ["o_proj"]
    case .gateUp: ["gate_proj", "up_proj"]
    case .down: ["down_proj"]
    }
  }
}
