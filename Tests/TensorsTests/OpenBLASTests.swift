import Tensors
import Testing

@Suite struct OpenBLASTests {
  private func processor(_ flags: String) -> Processor {
    Processor(information: "processor\t: 0\nmodel name\t: A: B\nflags\t\t: \(flags)\n\nflags : x\n")
  }
  private let wide = "fma avx2 avx512f avx512dq avx512bw avx512vl avx512cd"

  @Test func processorIsRead() {
    let found = processor("sse2 avx2")
    #expect(found.name == "A: B" && found.features == ["sse2", "avx2"])
    let nothing = Processor(information: "")
    #expect(nothing.name == "unknown" && nothing.features.isEmpty)
    let arm = Processor(information: "processor : 0\nFeatures : fp asimd\n")
    #expect(arm.name == "unknown" && arm.features == ["fp", "asimd"])
  }

  @Test func onlyKernelsThatTheProcessorCanRunAreAskedFor() {
    #expect(KernelChoice(environment: [:], processor: processor(wide)) == .detected("SkylakeX"))
    for flag in wide.split(separator: " ") where flag != "avx2" {
      let lacking = wide.split(separator: " ").filter { $0 != flag }.joined(separator: " ")
      #expect(KernelChoice(environment: [:], processor: processor(lacking)) == .library)
    }
  }

  @Test(arguments: [
    ("Haswell", KernelChoice.user("Haswell", better: "SkylakeX")),
    ("skylakex", .user("skylakex", better: nil)), ("", .detected("SkylakeX")),
  ])
  func theUserComesFirst(setting: String, choice: KernelChoice) {
    let environment = ["OPENBLAS_CORETYPE": setting]
    #expect(KernelChoice(environment: environment, processor: processor(wide)) == choice)
  }

  @Test func whereNothingIsBetterTheUserIsNotTold() {
    let environment = ["OPENBLAS_CORETYPE": "Haswell"]
    let choice = KernelChoice(environment: environment, processor: processor("avx2"))
    #expect(choice == .user("Haswell", better: nil))
  }

  @Test(arguments: [
    (
      KernelChoice.user("Haswell", better: "SkylakeX"), "Haswell",
      "OPENBLAS_CORETYPE is set to Haswell; without it SkylakeX would be asked for, which this CPU "
        + "can run"
    ),
    (
      .user("Zen9", better: nil), "Prescott",
      "OPENBLAS_CORETYPE is set to Zen9, but the library runs Prescott"
    ),
    (.detected("SkylakeX"), "SkylakeX", "the CPU has AVX-512, for which SkylakeX is the best"),
    (
      .detected("SkylakeX"), "Haswell",
      "the CPU has AVX-512, for which SkylakeX is the best, but the library runs Haswell"
    ),
    (.library, "Zen", "the library's own choice for this CPU"),
  ])
  func reason(choice: KernelChoice, coreName: String, sentence: String) {
    #expect(choice.reason(coreName: coreName) == sentence)
  }
}
