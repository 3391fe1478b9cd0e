package dev.rankwise.models.torch;

/**
 * Which library multiplies the frozen base in float32. The two give different bits, so the choice
 * is part of the linked program, and with it of a run's fingerprint.
 */
public enum FloatProducts {
  /** MKL, which is libtorch's own choice. */
  MKL("kernels/base/dense_float32.torchscript"),
  /** oneDNN: the faster one where MKL takes a kernel for older processors. */
  ONEDNN("kernels/base/dense_float32_onednn.torchscript");

  private static final String MAKER_OF_MKL = "GenuineIntel";

  private final String template;

  FloatProducts(String template) {
    this.template = template;
  }

  /**
   * The faster one on a processor: MKL on those of its maker, and on others whose widest vectors
   * are AVX2, which is what MKL gives to all of these.
   */
  public static FloatProducts fasterOn(Processor processor) {
    boolean upToAvx2 = processor.offers("avx2") && !processor.offers("avx512f");
    return upToAvx2 || processor.vendor().equals(MAKER_OF_MKL) ? MKL : ONEDNN;
  }

  /** Resource path of the kernel text. */
  public String template() {
    return template;
  }

  /** Resource path of the text that takes a gradient back through it. */
  public String backward() {
    return template.replace(".torchscript", "_back.torchscript");
  }
}
