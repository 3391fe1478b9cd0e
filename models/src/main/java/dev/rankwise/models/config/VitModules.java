package dev.rankwise.models.config;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Modules of ViT: a patch convolution, pre-norm blocks, a last norm. Files keep the older names of
 * a block's modules, so both are known here.
 */
final class VitModules {
  private static final Pattern STORED = Pattern.compile("encoder\\.layer\\.(\\d+)\\.(.+)\\.(\\w+)");
  private static final Pattern OURS = Pattern.compile("layers\\.(\\d+)\\.(.+)\\.(\\w+)");

  /** Name of a module within a block, as files have it, to its path. */
  private static final Map<String, String> PATHS =
      Map.of(
          "attention.attention.query", "attention.q_proj",
          "attention.attention.key", "attention.k_proj",
          "attention.attention.value", "attention.v_proj",
          "attention.output.dense", "attention.o_proj",
          "intermediate.dense", "mlp.fc1",
          "output.dense", "mlp.fc2");

  private static final Map<String, String> STORED_AS = inverse(PATHS);

  private VitModules() {}

  static void list(ModelConfig config, ModuleList modules) {
    boolean classifies = config.task() == ModelTask.SEQUENCE_CLASSIFICATION;
    String root = classifies ? "vit." : "";
    if (classifies) {
      modules.containers("vit");
    }
    embeddings(config, modules, root + "embeddings");
    modules.containers(root + "layers");
    for (int i = 0; i < config.layers(); i++) {
      block(config, modules, root + "layers." + i);
    }
    modules.layerNorm(root + "layernorm", config.hiddenSize());
    if (classifies) {
      modules.biasedLinear("classifier", config.hiddenSize(), config.labels().size());
    } else {
      modules.containers("pooler");
      modules.biasedLinear("pooler.dense", config.hiddenSize(), config.hiddenSize());
      modules.containers("pooler.activation");
    }
  }

  private static void embeddings(ModelConfig config, ModuleList modules, String path) {
    int hidden = config.hiddenSize();
    ImageShape images = config.images().orElseThrow();
    modules.containers(path);
    modules.parameter(path, "cls_token", 1, 1, hidden);
    modules.parameter(path, "position_embeddings", 1, images.patches() + 1, hidden);
    modules.containers(path + ".patch_embeddings");
    modules.patchConvolution(path + ".patch_embeddings.projection", images, hidden);
    modules.containers(path + ".dropout");
  }

  private static void block(ModelConfig config, ModuleList modules, String path) {
    int hidden = config.hiddenSize();
    boolean bias = config.attentionBias();
    modules.containers(path);
    modules.layerNorm(path + ".layernorm_before", hidden);
    modules.containers(path + ".attention");
    modules.linear(path + ".attention.q_proj", hidden, hidden, bias);
    modules.linear(path + ".attention.k_proj", hidden, hidden, bias);
    modules.linear(path + ".attention.v_proj", hidden, hidden, bias);
    modules.biasedLinear(path + ".attention.o_proj", hidden, hidden);
    modules.layerNorm(path + ".layernorm_after", hidden);
    modules.containers(path + ".mlp", path + ".mlp.activation_fn");
    modules.biasedLinear(path + ".mlp.fc1", hidden, config.intermediateSize());
    modules.biasedLinear(path + ".mlp.fc2", config.intermediateSize(), hidden);
  }

  /** The path of what a file names so, both without the base's prefix. */
  static String path(String stored) {
    return renamed(stored, STORED, PATHS, "layers.");
  }

  /** How files name what lies at a path, both without the base's prefix. */
  static String stored(String path) {
    return renamed(path, OURS, STORED_AS, "encoder.layer.");
  }

  private static String renamed(
      String name, Pattern blocks, Map<String, String> modules, String prefix) {
    Matcher inBlock = blocks.matcher(name);
    if (!inBlock.matches()) {
      return name;
    }
    String module = modules.getOrDefault(inBlock.group(2), inBlock.group(2));
    return prefix + inBlock.group(1) + "." + module + "." + inBlock.group(3);
  }

  private static Map<String, String> inverse(Map<String, String> names) {
    Map<String, String> inverse = new LinkedHashMap<>();
    names.forEach((from, to) -> inverse.put(to, from));
    return inverse;
  }
}
