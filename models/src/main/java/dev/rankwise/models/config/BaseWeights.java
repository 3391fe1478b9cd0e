package dev.rankwise.models.config;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.format.FloatElements;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.TensorSpec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  private BaseWeights(
      SafetensorsFile file,
      ModuleTree tree,
      Map<String, TensorSpec> present,
      List<String> missing,
      List<String> unused) {
    this.file = file;
    this.tree = tree;
    this.present = Collections.unmodifiableMap(present);
    this.missing = List.copyOf(missing);
    this.unused = List.copyOf(unused);
  }

  /**
   * Joins a file with a tree; the file stays open and belongs to the caller.
   *
   * @throws CorruptFileException if a weight is missing, unknown, or of another shape or type
   */
  public static BaseWeights of(SafetensorsFile file, ModuleTree tree) {
    WeightNames names = new WeightNames(tree.config());
    Map<String, TensorSpec> inFile = byCanonicalName(file, names);
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
      } else if (found.shape().equals(wanted.getValue())) {
        requireFloats(file, found);
        present.put(name, found);
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
    return new BaseWeights(file, tree, present, missing, List.copyOf(unused));
  }

  /** Weights in the file, by their name in the tree and in its order. */
  public Map<String, TensorSpec> present() {
    return present;
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
    int dot = name.lastIndexOf('.');
    return name.endsWith(".weight")
        && tree.module(name.substring(0, dot)).kind() == ModuleKind.CONV1D;
  }

  /** Whether the file holds the weight of that name in the tree. */
  public boolean has(String name) {
    return present.containsKey(name);
  }

  /** The weight of that name in the tree: little-endian, read-only, mapped. */
  public ByteBuffer bytes(String name) {
    return file.bytes(nameInFile(name));
  }

  /** The weight of that name in the tree as floats. */
  public float[] floats(String name) {
    return file.floats(nameInFile(name));
  }

  /** The weight of that name in the tree, mapped, to be read as floats by stretches. */
  public FloatElements elements(String name) {
    return file.elements(nameInFile(name));
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
    boolean byRows = module.kind() == ModuleKind.LINEAR;
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

  private static Map<String, TensorSpec> byCanonicalName(SafetensorsFile file, WeightNames names) {
    Map<String, TensorSpec> inFile = new TreeMap<>();
    for (TensorSpec tensor : file.tensors().values()) {
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
