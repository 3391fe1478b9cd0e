package dev.rankwise.adapters.peft;

import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.ModuleMatcher.Strictness;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.format.TensorSpec;
import dev.rankwise.models.text.PrintableText;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The tensors of an adapter's file, joined with what its configuration means on a base: each that
 * is needed must be there in its shape, and nothing else may be. An adapter of which a part is
 * silently left out is random numbers with a good name.
 */
final class AdapterTensors {
  private static final Set<ElementType> FLOATS =
      EnumSet.of(ElementType.F32, ElementType.F16, ElementType.BF16);

  /** The last product of a classifier's head, by the names that transformers' classes use. */
  private static final List<String> HEADS =
      List.of("classifier.weight", "classifier.out_proj.weight", "score.weight");

  /**
   * What PEFT writes a second time beside a kept module when it also trains all biases: {@code
   * classifier.modules_to_save.bias} of a module that is kept itself, {@code
   * pooler.modules_to_save.default.dense.bias} of one inside of it.
   */
  private static final List<String> DUPLICATES = List.of(".modules_to_save.", ".original_module.");

  private static final int NAMED = 3;

  private final Path folder;
  private final AdapterFiles file;
  private final Optional<AdapterOrigin> origin;
  private final Map<String, TensorSpec> stored = new TreeMap<>();

  AdapterTensors(Path folder, AdapterFiles file, Optional<AdapterOrigin> origin) {
    this.folder = folder;
    this.file = file;
    this.origin = origin;
    for (TensorSpec tensor : file.tensors().values()) {
      if (DUPLICATES.stream().noneMatch(tensor.name()::contains)) {
        stored.put(tensor.name(), tensor);
      }
    }
  }

  Adapter read(ModelConfig base, AdapterSpec spec) {
    AdapterPlan plan = AdapterPlan.of(withHead(base), spec, Strictness.AS_PEFT);
    float[] values = new float[plan.layout().size()];
    List<String> missing = new ArrayList<>();
    List<String> misshapen = new ArrayList<>();
    for (Parameter parameter : plan.layout().parameters()) {
      String name = PeftDirectory.nameOnDisk(plan, parameter.tensor());
      TensorSpec tensor = stored.remove(name);
      List<Long> shape = parameter.tensor().shape().stream().map(Integer::longValue).toList();
      if (tensor == null) {
        missing.add(name);
      } else if (!tensor.shape().equals(shape)) {
        misshapen.add("%s is %s, not %s".formatted(tensor.name(), tensor.shape(), shape));
      } else {
        requireFloats(tensor);
        float[] part = file.floats(tensor.name());
        System.arraycopy(part, 0, values, parameter.offset(), part.length);
      }
    }
    Map<String, StoredTensor> copies = copies(plan, misshapen);
    refuse(plan, "tensors of another shape than its configuration means", misshapen);
    refuse(plan, "tensors missing that its configuration means", missing);
    refuse(plan, "tensors that its configuration does not mean", List.copyOf(stored.keySet()));
    Adapter adapter = new Adapter(plan, values, copies);
    Optional<String> spoilt = adapter.firstNotFinite();
    if (spoilt.isPresent()) {
      throw new CorruptFileException(
          "Adapter %s cannot be used: tensor %s holds a number that is not finite; use a sound copy"
              .formatted(folder, PeftDirectory.PREFIX + spoilt.get()));
    }
    return adapter;
  }

  /** The frozen weights that PEFT stores beside the factors of embeddings, by their full name. */
  private Map<String, StoredTensor> copies(AdapterPlan plan, List<String> misshapen) {
    Map<String, StoredTensor> copies = new TreeMap<>();
    for (MatchedModule matched : plan.matched().adapted()) {
      ModuleShape module = matched.module();
      boolean table = module.kind() == ModuleKind.EMBEDDING;
      if (!table && !plan.matched().tree().isOutputEmbedding(module.path())) {
        continue;
      }
      TensorSpec tensor = stored.remove(PeftDirectory.copyOnDisk(module.path(), "weight"));
      if (tensor == null) {
        continue;
      }
      long in = module.inFeatures();
      long out = module.outFeatures();
      List<Long> shape = table ? List.of(in, out) : List.of(out, in);
      requireFloats(tensor);
      if (!tensor.shape().equals(shape)) {
        misshapen.add("%s is %s, not %s".formatted(tensor.name(), tensor.shape(), shape));
        continue;
      }
      String name = module.path() + ".weight";
      ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(tensor.byteSize()));
      bytes.put(file.bytes(tensor.name())).flip();
      copies.put(name, new StoredTensor(name, tensor.type(), shape, bytes));
    }
    return copies;
  }

  /** The base with a classifier for as many classes as the adapter's head has, if it has one. */
  private ModelConfig withHead(ModelConfig base) {
    for (String head : HEADS) {
      TensorSpec tensor = stored.get(PeftDirectory.PREFIX + head);
      if (tensor != null && tensor.shape().size() == 2) {
        return base.forClassification(labels(base, tensor.shape().get(0)));
      }
    }
    return base;
  }

  private List<String> labels(ModelConfig base, long classes) {
    if (origin.isPresent()) {
      List<String> labels = origin.get().labels();
      if (labels.size() != classes) {
        throw new CorruptFileException(
            "Adapter %s cannot be used: it names %s classes and its head has %s; use a sound copy"
                .formatted(folder, labels.size(), classes));
      }
      return labels;
    }
    if (base.labels().size() == classes) {
      return base.labels();
    }
    List<String> labels = new ArrayList<>();
    for (long i = 0; i < classes; i++) {
      labels.add("LABEL_" + i);
    }
    return labels;
  }

  private void requireFloats(TensorSpec tensor) {
    if (!FLOATS.contains(tensor.type())) {
      throw new CorruptFileException(
          "Adapter %s cannot be used: tensor %s has type %s where F32, F16 or BF16 is needed; use a sound copy"
              .formatted(folder, tensor.name(), tensor.type()));
    }
  }

  /** If the adapter is known to belong to this base, a tensor too few or too many is damage. */
  private void refuse(AdapterPlan plan, String what, List<String> tensors) {
    if (tensors.isEmpty()) {
      return;
    }
    String first =
        PrintableText.of(String.join(", ", tensors.subList(0, Math.min(NAMED, tensors.size()))));
    String message =
        "Adapter %s has %s %s on %s, the first of them %s; "
            .formatted(folder, tensors.size(), what, plan.base().architecture(), first);
    RankwiseException failure =
        origin.isPresent()
            ? new CorruptFileException(message + "use a sound copy")
            : new UserInputException(message + "name the base it was trained on, or a sound copy");
    throw failure;
  }
}
