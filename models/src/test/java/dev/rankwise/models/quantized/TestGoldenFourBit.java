package dev.rankwise.models.quantized;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.Golden;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.NarrowFloat;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.quantized.BaseForm.BlockScaling;
import dev.rankwise.models.quantized.BaseForm.FourBit;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Bytes and numbers against bitsandbytes, case by case. */
class TestGoldenFourBit {

  @Test
  void theValuesOfTheCodesAreThoseOfBitsandbytes() {
    try (SafetensorsFile codes = SafetensorsFile.open(Golden.file("nf4/codes.safetensors"))) {
      assertThat(FourBitCode.NF4.entries()).isEqualTo(codes.floats("nf4"));
      assertThat(FourBitCode.FP4.entries()).isEqualTo(codes.floats("fp4"));
      assertThat(DynamicMap.standard()).isEqualTo(codes.floats("nested"));
    }
  }

  @TestFactory
  Stream<DynamicTest> everyGoldenWeight() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path path : Golden.files("nf4", "*.safetensors")) {
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        for (String name : caseNames(file)) {
          String title = path.getFileName() + " " + name;
          tests.add(DynamicTest.dynamicTest(title, () -> agrees(path, name)));
        }
      }
    }
    Golden.requireSome("weights in nf4", tests.size(), 190);
    return tests.stream();
  }

  /** {@code fp32.nf4.64.plain} and the like. */
  private static Set<String> caseNames(SafetensorsFile file) {
    Set<String> names = new LinkedHashSet<>();
    for (String name : new TreeSet<>(file.tensors().keySet())) {
      if (name.endsWith(".packed")) {
        names.add(name.substring(0, name.length() - ".packed".length()));
      }
    }
    return names;
  }

  private static void agrees(Path path, String name) {
    String[] parts = name.split("\\.");
    ElementType source =
        switch (parts[0]) {
          case "fp32" -> ElementType.F32;
          case "fp16" -> ElementType.F16;
          default -> ElementType.BF16;
        };
    boolean nested = parts[3].equals("nested");
    FourBit form =
        new FourBit(
            FourBitCode.named(parts[1]).orElseThrow(),
            Integer.parseInt(parts[2]),
            nested ? BlockScaling.DOUBLE : BlockScaling.SINGLE);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      String weight = parts[0] + ".weight";
      float[] values = file.floats(weight);
      FourBitLayout layout = new FourBitLayout(form, source, file.tensors().get(weight).shape());
      QuantizedTensor found = FourBitQuantizer.quantize(weight, values, layout);

      assertThat(found.packed().remaining()).isEqualTo(file.bytes(name + ".packed").remaining());
      for (int i = 0; i < values.length; i++) {
        if (!inZeroBlock(values, i, form.blockSize())) {
          assertThat(nibble(found.packed(), i))
              .as("code %s", i)
              .isEqualTo(nibble(file.bytes(name + ".packed"), i));
        }
      }
      if (found.scales() instanceof BlockScales.Nested scales) {
        assertThat(scales.nested()).isEqualTo(file.floats(name + ".nested_absmax"));
        assertThat(scales.offset()).isEqualTo(file.floats(name + ".nested_offset")[0]);
        assertThat(ByteBuffer.wrap(scales.codes())).isEqualTo(file.bytes(name + ".absmax"));
      } else {
        assertThat(found.scales().absmax()).isEqualTo(file.floats(name + ".absmax"));
      }
      FourBitLayout wide = new FourBitLayout(form, ElementType.F32, layout.shape());
      float[] dequantised = new QuantizedTensor(wide, found.packed(), found.scales()).floats();
      assertThat(withoutSigns(dequantised))
          .isEqualTo(withoutSigns(file.floats(name + ".dequantised_fp32")));
      for (int i = 0; i < dequantised.length; i++) {
        dequantised[i] = NarrowFloat.rounded(ElementType.BF16, dequantised[i]);
      }
      assertThat(withoutSigns(dequantised))
          .isEqualTo(withoutSigns(file.floats(name + ".dequantised_bf16")));
    }
  }

  /** A zero has no sign that counts. */
  private static float[] withoutSigns(float[] values) {
    float[] plain = values.clone();
    for (int i = 0; i < plain.length; i++) {
      plain[i] += 0f;
    }
    return plain;
  }

  private static boolean inZeroBlock(float[] values, int i, int block) {
    int start = i / block * block;
    for (int j = start; j < Math.min(values.length, start + block); j++) {
      if (values[j] != 0) {
        return false;
      }
    }
    return true;
  }

  private static int nibble(ByteBuffer packed, int i) {
    int both = packed.get(packed.position() + i / 2);
    return i % 2 == 0 ? (both >>> 4) & 15 : both & 15;
  }

  @TestFactory
  Stream<DynamicTest> everyModelThatBitsandbytesSaved() {
    List<Path> models =
        Golden.folders("nf4").stream()
            .map(folder -> folder.resolve("model.safetensors"))
            .filter(path -> path.toFile().exists())
            .toList();
    Golden.requireSome("whole models in nf4", models.size(), 2);
    return models.stream()
        .map(
            model -> DynamicTest.dynamicTest(model.getParent().toString(), () -> comesBack(model)));
  }

  /** What is read has the shape of the weights, and is written as the same bytes. */
  private static void comesBack(Path model) {
    try (SafetensorsFile file = SafetensorsFile.open(model);
        SafetensorsFile cases = SafetensorsFile.open(model.resolveSibling("cases.safetensors"))) {
      BitsAndBytesTensors tensors = BitsAndBytesTensors.of(file);
      int compared = 0;
      Set<String> rest = new TreeSet<>(file.tensors().keySet());
      for (String name : tensors.tensors().keySet()) {
        rest.remove(name);
        if (tensors.layout(name).isEmpty()) {
          continue;
        }
        QuantizedTensor weight = tensors.read(name);
        assertThat(withoutSigns(weight.floats()))
            .isEqualTo(withoutSigns(cases.floats("dequantised." + name)));
        for (StoredTensor part : BitsAndBytesWriter.parts(name, weight)) {
          assertThat(part.bytes()).as(part.name()).isEqualTo(file.bytes(part.name()));
          assertThat(part.shape()).isEqualTo(file.tensors().get(part.name()).shape());
          rest.remove(part.name());
        }
        compared++;
      }
      assertThat(compared).isPositive();
      assertThat(rest).isEmpty();
    }
  }
}
