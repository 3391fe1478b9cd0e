package dev.rankwise.adapters.peft;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.adapters.adalora.AdaLora;
import dev.rankwise.adapters.plan.AdapterMethods;
import dev.rankwise.adapters.spec.AdapterMethod;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.MatchedModules;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.spec.ModuleMatcher.Strictness;
import dev.rankwise.adapters.spec.TrainedRows;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.UserInputException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a PEFT configuration means on a base, whether or not it can be computed here: the modules
 * with rank and scale, the modules kept, the targets and {@code fan_in_fan_out} as PEFT would save
 * them, and the number of trainable parameters.
 */
public final class TargetsReport {
  private TargetsReport() {}

  /**
   * The report as JSON, keys sorted.
   *
   * @param base the base with what stands on top of it
   * @param adapterConfig an {@code adapter_config.json}
   * @throws UserInputException where PEFT would refuse the configuration on this base, or where it
   *     asks for a variant that is not matched here
   */
  public static String print(ModelConfig base, Path adapterConfig) {
    return SortedJson.print(of(base, PeftConfig.read(adapterConfig)));
  }

  /** The report on a configuration. */
  static ObjectNode of(ModelConfig base, PeftConfig config) {
    ModuleTree tree = ModuleTree.of(base);
    AdapterMethod method = AdapterMethods.named(config.spec().method());
    MatchedModules matched = method.match(tree, config.spec(), Strictness.AS_PEFT);
    ObjectNode report = JsonNodeFactory.instance.objectNode();
    report.put("fan_in_fan_out_after", PeftConfig.fanInFanOut(matched, config.fanInFanOut()));
    Map<String, MatchedModule> byPath = new TreeMap<>();
    matched.adapted().forEach(module -> byPath.put(module.module().path(), module));
    ObjectNode modules = report.putObject("modules");
    byPath.forEach(
        (path, module) ->
            modules.putObject(path).put("r", module.rank()).put("scale", module.scale()));
    fill(report.putArray("modules_to_save"), matched.kept());
    ModuleChoice targets = matched.targets();
    if (targets.kind() == ModuleChoice.Kind.EXPRESSION) {
      report.put("target_modules_after", targets.entries().get(0));
    } else {
      fill(report.putArray("target_modules_after"), targets.entries());
    }
    return report.put("trainable", trainable(matched, method, config));
  }

  private static void fill(ArrayNode array, List<String> entries) {
    new TreeSet<>(entries).forEach(array::add);
  }

  /**
   * {@code Σ r·(in + out)} over the adapted modules, and {@code out} more for each with a bias of B
   * or with DoRA's magnitudes, {@code r} more with AdaLoRA's diagonal, and the size of each kept
   * tensor, trained bias and trained row.
   */
  private static long trainable(MatchedModules matched, AdapterMethod method, PeftConfig config) {
    long count = 0;
    for (MatchedModule adapted : matched.adapted()) {
      ModuleShape module = adapted.module();
      count += (long) adapted.rank() * ((long) module.inFeatures() + module.outFeatures());
      if (method.equals(new AdaLora())) {
        count += adapted.rank();
      }
      if (adapted.biasOfB()) {
        requireBias(module);
        count += module.outFeatures();
      }
      if (config.dora()) {
        count += module.outFeatures();
      }
    }
    for (Map.Entry<String, List<Long>> tensor : matched.tree().tensors().entrySet()) {
      String name = tensor.getKey();
      String module = name.substring(0, name.lastIndexOf('.'));
      boolean bias = name.endsWith(".bias") && matched.biases().contains(module);
      if (matched.keeps(module) || bias) {
        count += tensor.getValue().stream().reduce(1L, Math::multiplyExact);
      }
    }
    for (TrainedRows rows : matched.rows()) {
      count += rows.tensor().size();
    }
    return count;
  }

  private static void requireBias(ModuleShape module) {
    if (module.kind() == ModuleKind.EMBEDDING) {
      throw new UserInputException(
          "Invalid lora_bias: true (module %s is an embedding, whose factor B has no bias); set it to false"
              .formatted(module.path()));
    }
  }
}
