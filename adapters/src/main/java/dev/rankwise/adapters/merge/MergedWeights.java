package dev.rankwise.adapters.merge;

import dev.rankwise.adapters.merge.WeightBlocks.Change;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TrainedRows;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.TrainingStoppedException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.FloatElements;
import dev.rankwise.models.network.TrainableTensor;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The weights of a base with an adapter merged in, each made when it is asked for.
 *
 * <table>
 * <caption>What becomes of a weight</caption>
 * <tr><th>weight</th><th>merged</th></tr>
 * <tr><td>of an adapted module</td><td>what its method makes of it, for LoRA {@code W₀ + ΔW},
 * computed in float32, turned where the base stores it (in, out)</td></tr>
 * <tr><td>bias of an adapted module whose method changes it</td><td>what the method makes of it, for
 * a bias c of B {@code b + s·c}</td></tr>
 * <tr><td>of a module that is kept, and a bias that is trained</td><td>the adapter's</td></tr>
 * <tr><td>table with trained rows</td><td>the base's, those rows the adapter's</td></tr>
 * <tr><td>of an adapted output embedding that shares its weight with the token table</td><td>a
 * weight of its own: {@link #unties()}</td></tr>
 * <tr><td>of an embedding of patches</td><td>left out: it is no part of a plain decoder</td></tr>
 * <tr><td>any other</td><td>the base's, its bytes unchanged</td></tr>
 * </table>
 *
 * <p>In float32 the merged base computes what base and adapter compute side by side, up to rounding
 * (PEFT's own bound is 1e-4 on the logits). With one exception: an output embedding that shares its
 * weight with an adapted token table reads the merged table, as in PEFT; beside the adapter it read
 * the base's.
 */
public final class MergedWeights {
  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";

  private final Adapter adapter;
  private final BaseWeights base;
  private final Map<String, MatchedModule> adapted = new TreeMap<>();
  private final Map<String, Parameter> kept = new TreeMap<>();
  private final Map<String, MatchedModule> biases = new TreeMap<>();
  private final Map<String, Parameter> rows = new TreeMap<>();
  private final Map<String, List<Long>> shapes;

  private MergedWeights(Adapter adapter, BaseWeights base) {
    this.adapter = adapter;
    this.base = base;
    for (MatchedModule module : adapter.plan().matched().adapted()) {
      adapted.put(module.module().path() + WEIGHT, module);
      if (adapter.plan().method().mergesBias(module)) {
        biases.put(module.module().path() + BIAS, module);
      }
    }
    for (Parameter parameter : adapter.plan().layout().parameters()) {
      TrainableTensor tensor = parameter.tensor();
      switch (parameter.role()) {
        case KEPT -> kept.put(tensor.name(), parameter);
        case ROWS -> rows.put(tensor.module() + WEIGHT, parameter);
        case FACTOR_A, FACTOR_B, BIAS_OF_B, DIAGONAL, MAGNITUDE, STRETCH, ROUTER -> {
          // Part of the weight and the bias that the method makes.
        }
      }
    }
    this.shapes = new LinkedHashMap<>(plan().matched().tree().tensors());
    shapes.keySet().removeIf(plan().matched().tree()::isOfVision);
    adapted.forEach((name, module) -> shapes.putIfAbsent(name, shape(module.module())));
  }

  private static List<Long> shape(ModuleShape module) {
    return List.of((long) module.outFeatures(), (long) module.inFeatures());
  }

  /**
   * Joins an adapter with its base's weights.
   *
   * @param base the weights under the names of the adapter's module tree; they stay the caller's
   * @throws UserInputException if the base lacks a weight that the adapter does not bring, or a
   *     bias that it adds to, or is not the base of which the adapter holds copies
   */
  public static MergedWeights of(Adapter adapter, BaseWeights base) {
    adapter.plan().method().requireMergeable();
    adapter.requireCopiesOf(base);
    MergedWeights merged = new MergedWeights(adapter, base);
    for (String name : merged.biases.keySet()) {
      if (!merged.shapes.containsKey(name)) {
        throw new UserInputException(
            ("Cannot merge: factor B of %s has a bias, and the module itself has none to add it to;"
                    + " train without lora_bias")
                .formatted(name.substring(0, name.length() - BIAS.length())));
      }
    }
    for (String name : base.missing()) {
      if (!merged.kept.containsKey(name)) {
        throw new UserInputException(
            ("Cannot merge: neither the base nor the adapter has weight %s of %s; train its module"
                    + " among the modules to save")
                .formatted(name, merged.plan().base().architecture()));
      }
    }
    return merged;
  }

  /** Names of all weights in the order of the base's module tree. */
  public List<String> names() {
    return List.copyOf(shapes.keySet());
  }

  /**
   * Whether the merged base has an output embedding of its own where the base's shares the token
   * table: then {@code tie_word_embeddings} of its configuration must be false.
   */
  public boolean unties() {
    return shapes.size() > plan().matched().tree().tensors().size();
  }

  /**
   * Whether an output embedding reads the merged token table where beside the adapter it reads the
   * base's: then the merged base has other scores than what was tuned. PEFT merges likewise.
   */
  public boolean changesScores() {
    String table = plan().matched().tree().tokenEmbedding() + WEIGHT;
    return plan().base().tiedEmbeddings()
        && !unties()
        && (adapted.containsKey(table) || kept.containsKey(table));
  }

  /**
   * One weight of the merged base, row-major as the base stores it.
   *
   * @throws TrainingStoppedException if a number of it is not finite
   */
  public float[] floats(String name) {
    return new FloatElements(ElementType.F32, bytes(name, ElementType.F32)).floats();
  }

  /** The configuration of the merged base, with what stands on top of it. */
  ModelConfig config() {
    return plan().base();
  }

  /** Names and shapes of all weights, in the order of the base's module tree. */
  Map<String, List<Long>> shapes() {
    return Collections.unmodifiableMap(shapes);
  }

  private AdapterPlan plan() {
    return adapter.plan();
  }

  /** How the base's file names a weight. */
  String nameInFiles(String name) {
    return plan().matched().tree().nameInFiles(name);
  }

  /** Whether the adapter decides the weight. */
  boolean changes(String name) {
    return Stream.of(kept, adapted, biases, rows).anyMatch(changed -> changed.containsKey(name));
  }

  /**
   * The type of a weight in the base's file; of one that the base lacks, that of its token table.
   */
  ElementType type(String name) {
    String table = plan().matched().tree().tokenEmbedding() + WEIGHT;
    return base.ownType(name).or(() -> base.ownType(table)).orElse(ElementType.F32);
  }

  /**
   * The elements of a weight, row-major, little-endian. Memory holds them once, as they are
   * returned, beside blocks of some 100 thousand floats; a weight that keeps its type is the base's
   * own, mapped.
   *
   * @param type a type of floats
   * @throws TrainingStoppedException if a number of it is not finite, in this type
   * @throws UserInputException if they are more bytes than a buffer holds
   */
  ByteBuffer bytes(String name, ElementType type) {
    if (!changes(name) && type == base.present().get(name).type()) {
      requireFinite(name, base.elements(name));
      return base.bytes(name);
    }
    FloatElements merged = FloatElements.allocate(type, requireFitting(name, type));
    WeightBlocks blocks = new WeightBlocks(source(name), merged);
    MatchedModule module = adapted.get(name);
    if (module == null) {
      blocks.change(merged.size(), 1, biases.containsKey(name) ? bias(name) : Change.NONE);
    } else {
      Map<String, float[]> tensors = adapter.values(module);
      Change change =
          (rowsOfModule, first, count) ->
              plan().method().merge(module, tensors, rowsOfModule, first, count);
      int out = module.module().outFeatures();
      int in = module.module().inFeatures();
      switch (module.module().kind()) {
        case CONV1D, EMBEDDING -> blocks.changeTurned(out, in, change);
        default -> blocks.change(out, in, change);
      }
    }
    if (rows.containsKey(name)) {
      setRows(rows.get(name), merged);
    }
    requireFinite(name, merged);
    return merged.bytes();
  }

  private int requireFitting(String name, ElementType type) {
    long size = shapes.get(name).stream().reduce(1L, Math::multiplyExact);
    if (size * type.bytes() > Integer.MAX_VALUE - 8) {
      throw new UserInputException(
          ("Cannot merge: weight %s has %s bytes as %s, more than a buffer holds; merge into a"
                  + " narrower type")
              .formatted(name, size * type.bytes(), type));
    }
    return (int) size;
  }

  /** A tied output embedding is the only weight that the tree does not name. */
  private WeightBlocks.Source source(String name) {
    if (kept.containsKey(name)) {
      Parameter parameter = kept.get(name);
      return (first, into, begin, count) -> adapter.read(parameter, first, into, begin, count);
    }
    ModuleTree tree = plan().matched().tree();
    return base.elements(tree.tensors().containsKey(name) ? name : tree.tokenEmbedding() + WEIGHT)
        ::read;
  }

  private Change bias(String name) {
    MatchedModule module = biases.get(name);
    Map<String, float[]> tensors = adapter.values(module);
    return (bias, first, count) -> plan().method().mergeBias(module, tensors, bias, first, count);
  }

  private void setRows(Parameter parameter, FloatElements table) {
    TrainedRows trained = plan().matched().rowsOf(parameter.tensor().module()).orElseThrow();
    int size = trained.table().outFeatures();
    float[] values = adapter.values(parameter);
    for (int k = 0; k < trained.entries().size(); k++) {
      table.write(trained.entries().get(k) * size, values, k * size, size);
    }
  }

  private static void requireFinite(String name, FloatElements elements) {
    float[] values = new float[Math.min(elements.size(), WeightBlocks.FLOATS)];
    for (int first = 0; first < elements.size(); first += values.length) {
      int count = Math.min(values.length, elements.size() - first);
      elements.read(first, values, 0, count);
      for (int i = 0; i < count; i++) {
        if (!Float.isFinite(values[i])) {
          throw new TrainingStoppedException(
              ("Cannot merge: weight %s holds a number that is not finite; merge an adapter of an"
                      + " earlier checkpoint, or into a wider type, or check the base")
                  .formatted(name));
        }
      }
    }
  }
}
