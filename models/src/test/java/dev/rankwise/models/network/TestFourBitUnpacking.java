package dev.rankwise.models.network;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.quantized.BaseForm.BlockScaling;
import dev.rankwise.models.quantized.BaseForm.FourBit;
import dev.rankwise.models.quantized.BlockScales;
import dev.rankwise.models.quantized.FourBitCode;
import dev.rankwise.models.quantized.FourBitLayout;
import dev.rankwise.models.quantized.FourBitQuantizer;
import dev.rankwise.models.quantized.QuantizedTensor;
import dev.rankwise.models.torch.KernelProgram;
import dev.rankwise.models.torch.KernelText;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.models.torch.TorchRuntime;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The kernel that unpacks weights, against the arithmetic in Java: the same bits. */
class TestFourBitUnpacking {
  private static final String CALL =
      """
        def all(self: __torch__.Kernels,
          codes: Tensor,
          pairs: Tensor,
          scales: Tensor,
          parameters: Tensor,
          to: Tensor) -> Tensor:
          absmax = (self).absmax(torch.to(scales, 0), parameters)
          return (self).unpacked(torch.to(codes, 0), pairs, absmax, to, ${block}, ${source})
      """;

  /** Several stretches of 131,072, ends within a block, blocks as large as a row and more. */
  @ParameterizedTest
  @CsvSource({
    "NF4, 64, F32, 300001",
    "NF4, 128, BF16, 131072",
    "FP4, 4096, F16, 140000",
    "FP4, 32, F32, 1",
    "NF4, 64, BF16, 131073"
  })
  void unpackedNumbersAreThoseOfJava(FourBitCode code, int block, ElementType source, int size) {
    FourBitLayout layout =
        new FourBitLayout(
            new FourBit(code, block, BlockScaling.DOUBLE), source, List.of(1L, (long) size));
    QuantizedTensor tensor = FourBitQuantizer.quantize("w", normal(size), layout);
    BlockScales.Nested scales = (BlockScales.Nested) tensor.scales();
    ByteBuffer packed = tensor.packed();
    int[] codes = new int[layout.blocks() * block / 2];
    for (int i = 0; packed.hasRemaining(); i++) {
      codes[i] = packed.get() & 0xff;
    }
    TorchRuntime.prepareThread(1);
    TorchRuntime.recordNothing();
    String text =
        KernelText.read("kernels/runtime/tensors.torchscript")
            + KernelText.fill(
                KernelText.read("kernels/runtime/four_bit.torchscript"), Map.of("compute", "6"))
            + KernelText.fill(
                CALL,
                Map.of("block", Integer.toString(block), "source", Integer.toString(type(source))));
    try (KernelProgram program = KernelProgram.compile(text);
        TensorScope scope = TorchRuntime.scope()) {
      float[] parameters = scales.parameters();
      NDArray to = program.call("room", scope.number((long) size));

      NDArray found =
          program.call(
              "all",
              scope.longs(codes, codes.length),
              scope.floats(code.pairs(), 256, 2),
              scope.longs(unsigned(scales.codes()), layout.blocks()),
              scope.floats(parameters, parameters.length),
              to);

      assertThat(found.toFloatArray()).containsExactly(tensor.floats());
    }
  }

  private static int type(ElementType source) {
    return switch (source) {
      case F16 -> 5;
      case BF16 -> 15;
      default -> 6;
    };
  }

  private static int[] unsigned(byte[] bytes) {
    int[] numbers = new int[bytes.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = bytes[i] & 0xff;
    }
    return numbers;
  }

  private static float[] normal(int size) {
    Random random = new Random(3);
    float[] numbers = new float[size];
    for (int i = 0; i < size; i++) {
      numbers[i] = (float) (0.05 * random.nextGaussian());
    }
    return numbers;
  }
}
