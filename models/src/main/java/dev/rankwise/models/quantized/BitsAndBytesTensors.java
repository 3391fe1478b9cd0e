package dev.rankwise.models.quantized;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.models.format.TensorSpec;
import dev.rankwise.models.quantized.BaseForm.BlockScaling;
import dev.rankwise.models.quantized.BaseForm.FourBit;
import dev.rankwise.models.text.PrintableText;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The tensors of a safetensors file with the weights that bitsandbytes stored in four bits as one
 * tensor each, of the shape and type of the weight they were made of.
 *
 * <table>
 * <caption>The parts of weight {@code W}</caption>
 * <tr><th>name</th><th>content</th></tr>
 * <tr><td>{@code W}</td><td>two codes to a byte, in any element type</td></tr>
 * <tr><td>{@code W.absmax}</td><td>scale of each block: F32, or U8 where quantised</td></tr>
 * <tr><td>{@code W.quant_map}</td><td>F32 (16): the code's values</td></tr>
 * <tr><td>{@code W.nested_absmax}</td><td>F32: scales of the scales, where quantised</td></tr>
 * <tr><td>{@code W.nested_quant_map}</td><td>F32 (256), where quantised</td></tr>
 * <tr><td>{@code W.quant_state.bitsandbytes__nf4}</td><td>JSON as U8: type, block size, shape and
 * element type of the weight, the offset of the scales; or {@code …__fp4}</td></tr>
 * </table>
 */
public final class BitsAndBytesTensors {
  static final String STATE = ".quant_state.bitsandbytes__";
  static final String ABSMAX = ".absmax";
  static final String MAP = ".quant_map";
  static final String NESTED_ABSMAX = ".nested_absmax";
  static final String NESTED_MAP = ".nested_quant_map";
  static final String INT8_SCALES = "SCB";

  private static final List<String> PARTS = List.of(ABSMAX, MAP, NESTED_ABSMAX, NESTED_MAP);
  private static final List<String> OTHER_SCHEMES = List.of("qweight", "qzeros", "g_idx");
  private static final int MOST_DIMENSION = 1 << 30;
  private static final int LARGEST_STATE = 1 << 16;

  /** A weight before it is read. */
  private record Stored(FourBitLayout layout, float offset) {}

  private final SafetensorsFile file;
  private final SortedMap<String, TensorSpec> tensors;
  private final Map<String, Stored> weights = new TreeMap<>();

  private BitsAndBytesTensors(SafetensorsFile file) {
    this.file = file;
    this.tensors = new TreeMap<>(file.tensors());
  }

  /**
   * Finds the weights in four bits of a file and checks all but their numbers. The file stays open
   * and belongs to the caller.
   *
   * @throws CorruptFileException if a part is missing, left over, or of another type or size
   * @throws UserInputException if the file was quantised in a way that is not read
   */
  public static BitsAndBytesTensors of(SafetensorsFile file) {
    BitsAndBytesTensors found = new BitsAndBytesTensors(file);
    found.refuseOtherSchemes();
    for (String name : file.tensors().keySet()) {
      int at = name.indexOf(STATE);
      if (at >= 0) {
        found.add(name.substring(0, at), name.substring(at + STATE.length()));
      }
    }
    found.refuseLeftOvers();
    return found;
  }

  /** All tensors by name, a weight in four bits as the one it was made of. */
  public SortedMap<String, TensorSpec> tensors() {
    return Collections.unmodifiableSortedMap(tensors);
  }

  /** What a weight looks like in four bits; empty if it is stored as it is. */
  public Optional<FourBitLayout> layout(String weight) {
    return Optional.ofNullable(weights.get(weight)).map(Stored::layout);
  }

  /**
   * A weight in four bits, its codes mapped.
   *
   * @throws CorruptFileException if a scale is not finite, or below 0
   */
  public QuantizedTensor read(String weight) {
    Stored stored = weights.get(weight);
    FourBitLayout layout = stored.layout();
    BlockScales scales;
    if (layout.form().scaling() == BlockScaling.SINGLE) {
      scales = new BlockScales.Plain(scales(weight + ABSMAX));
    } else {
      byte[] codes = bytes(weight + ABSMAX);
      float[] nested = scales(weight + NESTED_ABSMAX);
      scales =
          new BlockScales.Nested(codes, file.floats(weight + NESTED_MAP), nested, stored.offset());
    }
    return new QuantizedTensor(layout, file.bytes(weight), scales);
  }

  private void add(String weight, String type) {
    FourBitCode code =
        FourBitCode.named(type)
            .orElseThrow(
                () ->
                    new UserInputException(
                        ("Weight \"%s\" of %s is quantised as \"%s\", which is not read: known are"
                                + " nf4 and fp4; choose a base in one of these, or one that is not"
                                + " quantised")
                            .formatted(weight, file.path(), shown(type))));
    String stateName = weight + STATE + type;
    ObjectNode state = state(stateName);
    require(
        text(state, "quant_type", stateName).equals(type), stateName, "quant_type is not " + type);
    int block = integer(state, "blocksize", stateName);
    require(FourBit.isBlockSize(block), stateName, "blocksize %s is none".formatted(block));
    boolean nested = state.hasNonNull("nested_offset");
    FourBitLayout layout =
        new FourBitLayout(
            new FourBit(code, block, nested ? BlockScaling.DOUBLE : BlockScaling.SINGLE),
            source(state, stateName),
            shape(state, stateName));
    requireParts(weight, layout);
    float offset = nested ? offset(state, stateName) : 0;
    weights.put(weight, new Stored(layout, offset));
    PARTS.forEach(part -> tensors.remove(weight + part));
    tensors.remove(stateName);
    long bytes = Math.multiplyExact(layout.size(), (long) layout.source().bytes());
    tensors.put(weight, new TensorSpec(weight, layout.source(), layout.shape(), 0, bytes));
  }

  private ObjectNode state(String name) {
    TensorSpec spec = file.tensors().get(name);
    require(
        spec.type() == ElementType.U8 && spec.byteSize() <= LARGEST_STATE,
        name,
        "its type is %s and its size %s, not U8 and a few hundred"
            .formatted(spec.type(), spec.byteSize()));
    return StrictJson.parse(bytes(name), "%s of %s".formatted(name, file.path()));
  }

  private void requireParts(String weight, FourBitLayout layout) {
    TensorSpec packed = file.tensors().get(weight);
    require(packed != null, weight, "its codes are missing");
    require(
        packed.byteSize() == layout.packedBytes(),
        weight,
        "it has %s bytes where shape %s takes %s"
            .formatted(packed.byteSize(), layout.shape(), layout.packedBytes()));
    boolean nested = layout.form().scaling() == BlockScaling.DOUBLE;
    require(weight + ABSMAX, nested ? ElementType.U8 : ElementType.F32, layout.blocks());
    float[] values = layout.form().code().entries();
    float[] map = map(weight + MAP, values.length);
    if (layout.form().code() == FourBitCode.NF4) {
      requireAscending(weight + MAP, map);
    }
    require(
        Arrays.equals(map, values),
        weight + MAP,
        "its values are not those of " + layout.form().code().lowerCaseName());
    if (nested) {
      require(weight + NESTED_ABSMAX, ElementType.F32, layout.scalesOfScales());
      requireAscending(weight + NESTED_MAP, map(weight + NESTED_MAP, DynamicMap.SIZE));
    }
  }

  private float[] map(String name, int size) {
    require(name, ElementType.F32, size);
    return file.floats(name);
  }

  private void requireAscending(String name, float[] map) {
    for (int i = 0; i < map.length; i++) {
      require(
          Float.isFinite(map[i]) && (i == 0 || map[i] > map[i - 1]),
          name,
          "it does not rise at entry %s".formatted(i));
    }
  }

  private void require(String name, ElementType type, int size) {
    TensorSpec spec = file.tensors().get(name);
    require(spec != null, name, "it is missing");
    require(
        spec.type() == type && spec.elements() == size,
        name,
        "it holds %s of type %s where %s of type %s are needed"
            .formatted(spec.elements(), spec.type(), size, type));
  }

  private float[] scales(String name) {
    float[] scales = file.floats(name);
    for (float scale : scales) {
      require(Float.isFinite(scale) && scale >= 0, name, "it holds the scale %s".formatted(scale));
    }
    return scales;
  }

  private byte[] bytes(String name) {
    ByteBuffer view = file.bytes(name);
    byte[] bytes = new byte[view.remaining()];
    view.get(bytes);
    return bytes;
  }

  private ElementType source(ObjectNode state, String name) {
    String dtype = text(state, "dtype", name);
    return ElementType.ofWeights(dtype)
        .orElseThrow(() -> corrupt(name, "dtype \"%s\" is none of floats".formatted(shown(dtype))));
  }

  private List<Long> shape(ObjectNode state, String name) {
    JsonNode node = state.path("shape");
    List<Long> shape = new ArrayList<>();
    long size = 1;
    for (JsonNode dimension : node) {
      long length = dimension.isIntegralNumber() ? dimension.longValue() : 0;
      require(length > 0 && length < MOST_DIMENSION, name, "shape has a wrong dimension");
      size = size > MOST_DIMENSION ? size : size * length;
      shape.add(length);
    }
    require(node.isArray() && !shape.isEmpty() && shape.size() <= 2, name, "shape is none");
    require(size <= MOST_DIMENSION, name, "shape %s is too large".formatted(shape));
    return shape;
  }

  private float offset(ObjectNode state, String name) {
    require(
        integer(state, "nested_blocksize", name) == FourBitLayout.SCALES_OF_A_BLOCK,
        name,
        "nested_blocksize is not 256");
    require(
        text(state, "nested_dtype", name).equals("float32"), name, "nested_dtype is not float32");
    JsonNode node = state.path("nested_offset");
    float offset = (float) node.doubleValue();
    require(node.isNumber() && Float.isFinite(offset), name, "nested_offset is no number");
    require(offset >= 0, name, "nested_offset is below 0, and it is a mean of scales");
    return offset;
  }

  private int integer(ObjectNode state, String field, String name) {
    JsonNode node = state.path(field);
    require(node.canConvertToInt() && node.isIntegralNumber(), name, field + " is no number");
    return node.intValue();
  }

  private String text(ObjectNode state, String field, String name) {
    JsonNode node = state.path(field);
    require(node.isTextual(), name, field + " is no text");
    return node.textValue();
  }

  private void refuseOtherSchemes() {
    for (String name : file.tensors().keySet()) {
      String last = name.substring(name.lastIndexOf('.') + 1);
      if (OTHER_SCHEMES.contains(last) || last.equals(INT8_SCALES)) {
        throw new UserInputException(
            ("Base file %s is quantised by another scheme (%s; tensor \"%s\"), which is not read:"
                    + " known are 4 bits by bitsandbytes; choose a base in that form, or one that is"
                    + " not quantised")
                .formatted(
                    file.path(),
                    last.equals(INT8_SCALES) ? "LLM.int8" : "GPTQ or AWQ",
                    shown(name)));
      }
    }
  }

  private void refuseLeftOvers() {
    for (String name : tensors.keySet()) {
      boolean part =
          name.contains(".weight.quant_state")
              || PARTS.stream().anyMatch(suffix -> name.endsWith(".weight" + suffix));
      require(!part, name, "no quant_state of its weight says what it is");
    }
  }

  private void require(boolean holds, String name, String otherwise) {
    if (!holds) {
      throw corrupt(name, otherwise);
    }
  }

  private CorruptFileException corrupt(String name, String problem) {
    return new CorruptFileException(
        ("Weights file %s cannot be used: of \"%s\", a part of a weight in four bits, %s; fetch the"
                + " base again, or quantise it again")
            .formatted(file.path(), shown(name), problem));
  }

  private static String shown(String text) {
    return PrintableText.of(text, 120);
  }
}
