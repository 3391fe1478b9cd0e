package dev.rankwise.models.network;

/**
 * Which library multiplies the frozen base in float32. The two give different bits, so the choice
 * is part of the linked program, and with it of a run's fingerprint.
 */
public enum FloatProducts {
  /** MKL, which is libtorch's own choice: the faster one on processors of its maker. */
  MKL("kernels/base/dense_float32.torchscript"),
  /** oneDNN: the faster one where MKL takes a kernel for older processors. */
  ONEDNN("kernels/base/dense_float32_onednn.torchscript");

  private static final String MAKER_OF_MKL = "GenuineIntel";

  private final String template;

  FloatProducts(String template) {
    this.template = template;
  }

  /**
   * The faster one on a processor.
   *
   * @param vendor as {@link dev.rankwise.models.torch.Processor#vendor} spells it
   */
  public static FloatProducts fasterOn(String vendor) {
    return vendor.equals(MAKER_OF_MKL) ? MKL : ONEDNN;
  }

  /** Resource path of the kernel text. */
  String template() {
    return template;
  }
}
