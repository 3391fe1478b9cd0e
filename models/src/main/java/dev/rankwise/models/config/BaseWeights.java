package dev.rankwise.models.config;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.FloatElements;
import dev.rankwise.models.format.RowMajor;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.format.TensorSpec;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.quantized.BaseForm.FourBit;
import dev.rankwise.models.quantized.BitsAndBytesTensors;
import dev.rankwise.models.quantized.FourBitLayout;
import dev.rankwise.models.quantized.FourBitQuantizer;
import dev.rankwise.models.quantized.QuantizedTensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The weights of a base under the names of its module tree, whatever the file calls them.
 *
 * <p>A file may name weights with or without the base's prefix ({@code bert.encoder…}, {@code
 * encoder…}) and norms in the old way ({@code gamma}, {@code beta}). What the tree does not need is
 * listed in {@link #unused} if it is known to be harmless, and refused by name otherwise. What the
 * file lacks is listed in {@link #missing} if it may start fresh (pooler, classifier), and refused
 * by name otherwise.
 */
public final class BaseWeights {
  private final SafetensorsFile file;
  private final ModuleTree tree;
  private final Map<String, TensorSpec> present;
  private final List<String> missing;
  private final List<String> unused;
  private final BitsAndBytesTensors stored;
  private final Optional<MadeForm> made;

  /** What dense weights are put into. */
  private record MadeForm(FourBit form, ElementType source) {}

  private BaseWeights(
      SafetensorsFile file,
      ModuleTree tree,
      Map<String, TensorSpec> present,
      List<String> missing,
      List<String> unused,
      BitsAndBytesTensors stored,
      Optional<MadeForm> made) {
    this.file = file;
    this.tree = tree;
    this.present = Collections.unmodifiableMap(present);
    this.missing = List.copyOf(missing);
    this.unused = List.copyOf(unused);
    this.stored = stored;
    this.made = made;
  }

  /**
   * Joins a file with a tree; the file stays open and belongs to the caller.
   *
   * @throws CorruptFileException if a weight is missing, unknown, or of another shape or type
   */
  public static BaseWeights of(SafetensorsFile file, ModuleTree tree) {
    WeightNames names = new WeightNames(tree.config());
    BitsAndBytesTensors stored = BitsAndBytesTensors.of(file);
    Map<String, TensorSpec> inFile = byCanonicalName(file, stored, names);
    Map<String, TensorSpec> present = new LinkedHashMap<>();
    List<String> missing = new ArrayList<>();
    List<String> absent = new ArrayList<>();
    Set<String> unused = new TreeSet<>();
    for (Map.Entry<String, List<Long>> wanted : tree.tensors().entrySet()) {
      String name = wanted.getKey();
      TensorSpec found = inFile.remove(names.canonical(name));
      boolean fresh = names.mayStartFresh(name);
      if (found == null) {
        (fresh ? missing : absent).add(name);
      } else if (found.shape().equals(shapeInFile(wanted, found, stored, tree))) {
        requireFloats(file, found);
        present.put(
            name,
            new TensorSpec(
                found.name(), found.type(), wanted.getValue(), found.begin(), found.end()));
      } else if (names.isHead(name)) {
        // The head of another set of classes: its rows mean nothing for these.
        missing.add(name);
        unused.add(found.name());
      } else {
        throw corrupt(
            file,
            "tensor \"%s\" has shape %s where the configuration asks for %s"
                .formatted(found.name(), found.shape(), wanted.getValue()));
      }
    }
    refuseAbsent(file, absent);
    for (Map.Entry<String, TensorSpec> left : inFile.entrySet()) {
      if (!names.isHarmless(left.getKey())) {
        throw corrupt(
            file,
            "tensor \"%s\" belongs to no module of %s"
                .formatted(left.getValue().name(), tree.config().architecture()));
      }
      unused.add(left.getValue().name());
    }
    return new BaseWeights(
        file, tree, present, missing, List.copyOf(unused), stored, Optional.empty());
  }

  /**
   * The same weights with those of linear modules in four bits: what {@link #floats} gives of them
   * has been put into four bits and taken out again. A base that is stored in four bits stays as it
   * is.
   *
   * @param form code, blocks and scales; or {@link BaseForm#DENSE}
   * @param source element type that the weights are rounded to before
   * @throws UserInputException if the base is stored in another form of four bits
   */
  public BaseWeights in(BaseForm form, ElementType source) {
    if (!(form instanceof FourBit wanted)) {
      return this;
    }
    for (TensorSpec tensor : present.values()) {
      Optional<FourBitLayout> other = stored.layout(tensor.name());
      if (other.isPresent()) {
        if (!other.get().form().equals(wanted)) {
          throw new UserInputException(
              ("Base file %s is stored in four bits as %s already and cannot be put into %s; take"
                      + " base.quantization out of the recipe, or name a base that is not quantised")
                  .formatted(file.path(), other.get().form().label(), wanted.label()));
        }
        return this;
      }
    }
    MadeForm asked = new MadeForm(wanted, source);
    Map<String, TensorSpec> held = new LinkedHashMap<>();
    present.forEach(
        (name, tensor) ->
            held.put(name, made(name, asked).isEmpty() ? tensor : of(tensor, source)));
    return new BaseWeights(file, tree, held, missing, unused, stored, Optional.of(asked));
  }

  private static TensorSpec of(TensorSpec tensor, ElementType type) {
    long bytes = Math.multiplyExact(tensor.elements(), (long) type.bytes());
    return new TensorSpec(tensor.name(), type, tensor.shape(), 0, bytes);
  }

  /**
   * What a weight looks like in four bits, as products read it, (out, in); empty for one that is
   * not.
   */
  public Optional<FourBitLayout> layout(String name) {
    TensorSpec tensor = present.get(name);
    if (tensor == null) {
      return Optional.empty();
    }
    return stored.layout(tensor.name()).or(() -> made.flatMap(form -> made(name, form)));
  }

  /** Whether any weight is in four bits. */
  public boolean isInFourBits() {
    return present.keySet().stream().anyMatch(name -> layout(name).isPresent());
  }

  /** A weight that has a {@link #layout} in four bits. */
  public QuantizedTensor quantized(String name) {
    String inFile = nameInFile(name);
    if (stored.layout(inFile).isPresent()) {
      return stored.read(inFile);
    }
    FourBitLayout layout =
        layout(name)
            .orElseThrow(() -> new InternalException("Weight " + name + " is not in four bits"));
    float[] weight = file.floats(inFile);
    return FourBitQuantizer.quantize(
        name, isStoredInputFirst(name) ? turned(weight, layout.shape()) : weight, layout);
  }

  private Optional<FourBitLayout> made(String name, MadeForm form) {
    WeightNames names = new WeightNames(tree.config());
    int dot = name.lastIndexOf('.');
    if (!name.endsWith(".weight") || names.mayStartFresh(name)) {
      return Optional.empty();
    }
    ModuleShape module = tree.module(name.substring(0, dot));
    if (!module.isLinear() || tree.isOutputEmbedding(module.path())) {
      return Optional.empty();
    }
    List<Long> shape = List.of((long) module.outFeatures(), (long) module.inFeatures());
    return Optional.of(new FourBitLayout(form.form(), form.source(), shape));
  }

  /**
   * The transpose of a weight.
   *
   * @param shape of the transpose
   */
  private static float[] turned(float[] weight, List<Long> shape) {
    return RowMajor.transposed(
        weight, Math.toIntExact(shape.get(1)), Math.toIntExact(shape.get(0)));
  }

  /** Weights in the file, by their name in the tree and in its order. */
  public Map<String, TensorSpec> present() {
    return present;
  }

  /**
   * Element type of the base's own weight of that name, in whatever form it is held here; empty
   * where the file has none. Of a weight that is stored in four bits it is the type that it was
   * made of.
   */
  public Optional<ElementType> ownType(String name) {
    return Optional.ofNullable(present.get(name))
        .map(
            tensor ->
                stored.layout(tensor.name()).isPresent()
                    ? tensor.type()
                    : file.tensors().get(tensor.name()).type());
  }

  /** Weights of pooler and head that the file lacks and that start fresh, in the tree's order. */
  public List<String> missing() {
    return missing;
  }

  /** Names in the file of tensors that nothing here needs. */
  public List<String> unused() {
    return unused;
  }

  /** Whether a weight is stored (in, out), as those of GPT-2's products are. */
  public boolean isStoredInputFirst(String name) {
    return isInputFirst(tree, name);
  }

  private static boolean isInputFirst(ModuleTree tree, String name) {
    int dot = name.lastIndexOf('.');
    return name.endsWith(".weight")
        && tree.module(name.substring(0, dot)).kind() == ModuleKind.CONV1D;
  }

  /** Whether a weight of the tree belongs to the classifier on top of the base. */
  public boolean isHead(String name) {
    return new WeightNames(tree.config()).isHead(name);
  }

  /** Whether the file holds the weight of that name in the tree. */
  public boolean has(String name) {
    return present.containsKey(name);
  }

  /**
   * The weight of that name in the tree: little-endian, read-only, and mapped unless it is in four
   * bits.
   */
  public ByteBuffer bytes(String name) {
    TensorSpec tensor = present.get(name);
    if (tensor != null && layout(name).isPresent()) {
      return StoredTensor.ofFloats(name, tensor.type(), tensor.shape(), floats(name)).bytes();
    }
    return file.bytes(nameInFile(name));
  }

  /** The weight of that name in the tree as floats. */
  public float[] floats(String name) {
    Optional<FourBitLayout> layout = layout(name);
    if (layout.isEmpty()) {
      return file.floats(nameInFile(name));
    }
    float[] read = quantized(name).floats();
    List<Long> shape = layout.get().shape();
    return isStoredInputFirst(name) ? turned(read, List.of(shape.get(1), shape.get(0))) : read;
  }

  /** The same as products read it, (out, in): a weight that is stored (in, out) is transposed. */
  public float[] outputFirst(String name) {
    if (layout(name).isPresent()) {
      return quantized(name).floats();
    }
    float[] stored = floats(name);
    List<Long> shape = present.get(name).shape();
    return isStoredInputFirst(name) ? turned(stored, List.of(shape.get(1), shape.get(0))) : stored;
  }

  /**
   * The weight of that name in the tree, to be read as floats by stretches; mapped unless it is in
   * four bits.
   */
  public FloatElements elements(String name) {
    return layout(name).isPresent()
        ? new FloatElements(present.get(name).type(), bytes(name))
        : file.elements(nameInFile(name));
  }

  /**
   * Euclidean norm of the weights of each output of a module: of a row of a linear weight, of a
   * column of one that is stored (in, out) and of a table. Summed in double, in order, and rounded
   * once.
   *
   * @param name a module's weight
   * @return (out)
   */
  public float[] outputNorms(String name) {
    float[] weight = floats(name);
    ModuleShape module = tree.module(name.substring(0, name.lastIndexOf('.')));
    boolean byRows = module.kind() == ModuleKind.LINEAR || module.kind() == ModuleKind.CONV2D;
    int columns = byRows ? module.inFeatures() : module.outFeatures();
    double[] squares = new double[module.outFeatures()];
    for (int i = 0; i < weight.length; i++) {
      squares[byRows ? i / columns : i % columns] += (double) weight[i] * weight[i];
    }
    float[] norms = new float[squares.length];
    for (int o = 0; o < norms.length; o++) {
      norms[o] = (float) Math.sqrt(squares[o]);
    }
    return norms;
  }

  private String nameInFile(String name) {
    TensorSpec tensor = present.get(name);
    if (tensor == null) {
      throw corrupt(file, "weight \"" + name + "\" is not in it");
    }
    return tensor.name();
  }

  /** A weight that is stored (in, out) lies in four bits as products read it, (out, in). */
  private static List<Long> shapeInFile(
      Map.Entry<String, List<Long>> wanted,
      TensorSpec found,
      BitsAndBytesTensors stored,
      ModuleTree tree) {
    List<Long> shape = wanted.getValue();
    boolean turned = stored.layout(found.name()).isPresent() && isInputFirst(tree, wanted.getKey());
    return turned ? List.of(shape.get(1), shape.get(0)) : shape;
  }

  private static Map<String, TensorSpec> byCanonicalName(
      SafetensorsFile file, BitsAndBytesTensors stored, WeightNames names) {
    Map<String, TensorSpec> inFile = new TreeMap<>();
    for (TensorSpec tensor : stored.tensors().values()) {
      TensorSpec other = inFile.put(names.canonical(tensor.name()), tensor);
      if (other != null) {
        throw corrupt(
            file,
            "tensors \"%s\" and \"%s\" are the same weight".formatted(other.name(), tensor.name()));
      }
    }
    return inFile;
  }

  private static void requireFloats(SafetensorsFile file, TensorSpec tensor) {
    if (!FloatElements.types().contains(tensor.type())) {
      throw corrupt(
          file,
          "weight \"%s\" has type %s where F32, F16 or BF16 is needed"
              .formatted(tensor.name(), tensor.type()));
    }
  }

  private static void refuseAbsent(SafetensorsFile file, List<String> absent) {
    if (!absent.isEmpty()) {
      throw corrupt(
          file,
          "%s of the base's weights are missing, the first of them \"%s\""
              .formatted(absent.size(), absent.get(0)));
    }
  }

  private static CorruptFileException corrupt(SafetensorsFile file, String problem) {
    return new CorruptFileException(
        ("Weights file %s does not fit its configuration: %s; fetch the base again, "
                + "both files of one version")
            .formatted(file.path(), problem));
  }
}
