package dev.rankwise.models.quantized;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.quantized.BaseForm.BlockScaling;
import dev.rankwise.models.quantized.BaseForm.FourBit;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights in bitsandbytes' form: ours come back, and what is wrong is refused by name. */
class TestBitsAndBytesTensors {
  private static final String WEIGHT = "layer.weight";
  private static final String STATE = WEIGHT + ".quant_state.bitsandbytes__nf4";

  @TempDir Path folder;

  private final Map<String, StoredTensor> parts = new LinkedHashMap<>();
  private float[] values;

  @BeforeEach
  void aWeightInFourBits() {
    values = new float[5 * 30];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(i) / 3;
    }
    write(new FourBit(FourBitCode.NF4, 64, BlockScaling.DOUBLE));
  }

  private QuantizedTensor write(FourBit form) {
    FourBitLayout layout = new FourBitLayout(form, ElementType.BF16, List.of(5L, 30L));
    QuantizedTensor tensor = FourBitQuantizer.quantize(WEIGHT, values, layout);
    parts.clear();
    BitsAndBytesWriter.parts(WEIGHT, tensor).forEach(this::put);
    put(StoredTensor.ofFloats("layer.bias", List.of(5L), new float[5]));
    return tensor;
  }

  private void put(StoredTensor tensor) {
    parts.put(tensor.name(), tensor);
  }

  private SafetensorsFile file() {
    Path file = folder.resolve("model.safetensors");
    SafetensorsWriter.write(file, Map.of("format", "pt"), parts.values());
    return SafetensorsFile.open(file);
  }

  @ParameterizedTest
  @CsvSource({"NF4, 64, DOUBLE", "NF4, 128, SINGLE", "FP4, 64, SINGLE", "FP4, 32, DOUBLE"})
  void whatIsWrittenComesBack(FourBitCode code, int block, BlockScaling scaling) {
    QuantizedTensor tensor = write(new FourBit(code, block, scaling));
    try (SafetensorsFile file = file()) {
      BitsAndBytesTensors found = BitsAndBytesTensors.of(file);

      assertThat(found.tensors().keySet()).containsExactly("layer.bias", WEIGHT);
      assertThat(found.tensors().get(WEIGHT).shape()).containsExactly(5L, 30L);
      assertThat(found.tensors().get(WEIGHT).type()).isEqualTo(ElementType.BF16);
      assertThat(found.layout(WEIGHT)).contains(tensor.layout());
      assertThat(found.layout("layer.bias")).isEmpty();
      assertThat(found.read(WEIGHT).floats()).containsExactly(tensor.floats());
    }
  }

  /** Other programs keep the codes in elements of two bytes. */
  /** What Python 3 prints of each. */
  @ParameterizedTest
  @CsvSource({
    "5e-4, 0.0005",
    "1e-4, 0.0001",
    "9.999e-5, 9.999e-05",
    "1.5e-7, 1.5e-07",
    "1e-300, 1e-300",
    "-3e-5, -3e-05",
    "0, 0.0",
    "2, 2.0",
    "0.0018733234610408545, 0.0018733234610408545",
    "123456789, 123456789.0",
    "1e15, 1000000000000000.0",
    "1e16, 1e+16"
  })
  void numbersAreWrittenAsPythonDoes(double number, String text) {
    assertThat(BitsAndBytesWriter.number(number)).isEqualTo(text);
  }

  @Test
  void codesMayLieInWiderElements() {
    values = new float[6 * 30];
    values[7] = 1;
    FourBitLayout layout =
        new FourBitLayout(
            new FourBit(FourBitCode.NF4, 64, BlockScaling.SINGLE),
            ElementType.F32,
            List.of(6L, 30L));
    QuantizedTensor tensor = FourBitQuantizer.quantize(WEIGHT, values, layout);
    parts.clear();
    BitsAndBytesWriter.parts(WEIGHT, tensor).forEach(this::put);
    StoredTensor codes = parts.get(WEIGHT);
    put(new StoredTensor(WEIGHT, ElementType.BF16, List.of(45L, 1L), codes.bytes()));
    try (SafetensorsFile file = file()) {
      assertThat(BitsAndBytesTensors.of(file).read(WEIGHT).floats()).containsExactly(values);
    }
  }

  @Test
  void anUnknownTypeIsRefusedByName() {
    parts.remove(STATE);
    put(bytes(WEIGHT + ".quant_state.bitsandbytes__int3", "{}"));

    refused(UserInputException.class, "\"int3\"");
  }

  @ParameterizedTest
  @CsvSource({
    "layer.qweight, GPTQ or AWQ",
    "layer.g_idx, GPTQ or AWQ",
    "layer.qzeros, GPTQ or AWQ",
    "layer.SCB, LLM.int8",
    "layer.weight.SCB, LLM.int8"
  })
  void anotherSchemeIsRefusedByName(String name, String scheme) {
    put(StoredTensor.ofFloats(name, List.of(2L), new float[2]));

    refused(UserInputException.class, scheme);
  }

  @ParameterizedTest
  @ValueSource(strings = {".absmax", ".quant_map", ".nested_absmax", ".nested_quant_map", ""})
  void aMissingPartIsRefused(String part) {
    parts.remove(WEIGHT + part);

    refused(CorruptFileException.class, WEIGHT + part);
  }

  @Test
  void partsWithoutAStateAreRefused() {
    parts.remove(STATE);

    refused(CorruptFileException.class, "no quant_state");
  }

  @Test
  void scalesOfTheWrongNumberAreRefused() {
    put(bytes(WEIGHT + ".absmax", "12"));

    refused(CorruptFileException.class, "it holds 2 of type U8 where 3 of type U8 are needed");
  }

  @Test
  void floatScalesOfTheWrongNumberAreRefused() {
    write(new FourBit(FourBitCode.FP4, 64, BlockScaling.SINGLE));
    put(StoredTensor.ofFloats(WEIGHT + ".absmax", List.of(4L), new float[4]));

    refused(
        CorruptFileException.class,
        "of \"layer.weight.absmax\", a part of a weight in four bits, it holds 4 of type F32 where 3"
            + " of type F32 are needed; fetch the base again, or quantise it again");
  }

  @Test
  void scalesOfScalesOfTheWrongNumberAreRefused() {
    put(StoredTensor.ofFloats(WEIGHT + ".nested_absmax", List.of(2L), new float[2]));

    refused(CorruptFileException.class, "it holds 2 of type F32 where 1 of type F32 are needed");
  }

  @Test
  void scalesOfTheWrongTypeAreRefused() {
    put(StoredTensor.ofFloats(WEIGHT + ".absmax", List.of(3L), new float[3]));

    refused(CorruptFileException.class, "it holds 3 of type F32 where 3 of type U8 are needed");
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, -1})
  void aScaleThatIsNoneIsRefused(float scale) {
    put(StoredTensor.ofFloats(WEIGHT + ".nested_absmax", List.of(1L), new float[] {scale}));

    try (SafetensorsFile file = file()) {
      BitsAndBytesTensors tensors = BitsAndBytesTensors.of(file);
      assertThatThrownBy(() -> tensors.read(WEIGHT))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("it holds the scale " + scale);
    }
  }

  @Test
  void aMapThatDoesNotRiseIsRefused() {
    float[] map = FourBitCode.NF4.entries();
    map[4] = map[3];
    put(StoredTensor.ofFloats(WEIGHT + ".quant_map", List.of(16L), map));

    refused(CorruptFileException.class, "it does not rise at entry 4");
  }

  @Test
  void aMapOfScalesThatDoesNotRiseIsRefused() {
    float[] map = DynamicMap.standard();
    map[200] = Float.NaN;
    put(StoredTensor.ofFloats(WEIGHT + ".nested_quant_map", List.of(256L), map));

    refused(CorruptFileException.class, "it does not rise at entry 200");
  }

  /** The compressing library sets the first value of its map to −1 as it quantises. */
  @Test
  void aMapOfScalesMayBeginAtMinusOne() {
    float[] map = DynamicMap.standard();
    map[0] = -1;
    put(StoredTensor.ofFloats(WEIGHT + ".nested_quant_map", List.of(256L), map));
    try (SafetensorsFile file = file()) {
      assertThat(BitsAndBytesTensors.of(file).read(WEIGHT).floats()).hasSize(150);
    }
  }

  @ParameterizedTest
  @EnumSource(FourBitCode.class)
  void aMapOfOtherValuesIsRefused(FourBitCode code) {
    write(new FourBit(code, 64, BlockScaling.SINGLE));
    float[] map = code.entries();
    map[5] += 1e-5f;
    put(StoredTensor.ofFloats(WEIGHT + ".quant_map", List.of(16L), map));

    refused(CorruptFileException.class, "its values are not those of " + code.lowerCaseName());
  }

  @Test
  void codesOfTheWrongNumberAreRefused() {
    put(bytes(WEIGHT, "too few"));

    refused(CorruptFileException.class, "it has 7 bytes where shape [5, 30] takes 75");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"quant_type\": \"nf4\" | \"quant_type\": \"fp4\" | quant_type is not nf4",
        "\"quant_type\": \"nf4\" | \"quant_type\": 4 | quant_type is no text",
        "\"blocksize\": 64 | \"blocksize\": 48 | blocksize 48 is none",
        "\"blocksize\": 64 | \"blocksize\": -64 | blocksize -64 is none",
        "\"blocksize\": 64 | \"blocksize\": \"64\" | blocksize is no number",
        "\"blocksize\": 64 | \"blocksize\": 64.5 | blocksize is no number",
        "\"dtype\": \"bfloat16\" | \"dtype\": \"float64\" | is none of floats",
        "[5, 30] | [5, -30] | shape has a wrong dimension",
        "[5, 30] | [5, 0] | shape has a wrong dimension",
        "[5, 30] | [5, \"30\"] | shape has a wrong dimension",
        "[5, 30] | [1000000000, 1000000000] | is too large",
        "[5, 30] | [5, 5, 6] | shape is none",
        "[5, 30] | [] | shape is none",
        "[5, 30] | 150 | shape is none",
        "[5, 30] | [5, 31] | takes 78",
        "\"nested_blocksize\": 256 | \"nested_blocksize\": 128 | nested_blocksize is not 256",
        "\"nested_dtype\": \"float32\" | \"nested_dtype\": \"float16\" | nested_dtype is not",
        "\"nested_offset\": | \"nested_offset\": \"x\", \"y\": | nested_offset is no number",
        "\"nested_offset\": | \"nested_offset\": 1e300, \"y\": | nested_offset is no number",
        "\"nested_offset\": | \"nested_offset\": -0.5, \"y\": | nested_offset is below 0",
        "} | , | not valid JSON",
        "{ | [{ | not valid JSON"
      })
  void aStateThatSaysSomethingElseIsRefused(String found, String instead, String problem) {
    byte[] state = new byte[parts.get(STATE).bytes().remaining()];
    parts.get(STATE).bytes().get(state);
    String text = new String(state, StandardCharsets.UTF_8);
    assertThat(text).contains(found);
    put(bytes(STATE, text.replace(found, instead)));

    refused(CorruptFileException.class, problem);
  }

  @Test
  void aStateOfFloatsIsRefused() {
    put(StoredTensor.ofFloats(STATE, List.of(2L), new float[2]));

    refused(CorruptFileException.class, "not U8");
  }

  private void refused(Class<? extends Throwable> type, String problem) {
    try (SafetensorsFile file = file()) {
      assertThatThrownBy(() -> BitsAndBytesTensors.of(file))
          .isInstanceOf(type)
          .hasMessageContaining(problem);
    }
  }

  private static StoredTensor bytes(String name, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new StoredTensor(
        name, ElementType.U8, List.of((long) bytes.length), ByteBuffer.wrap(bytes));
  }
}
