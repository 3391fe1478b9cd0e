package dev.rankwise.models.architecture;

import dev.rankwise.models.config.ModelConfig;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A stretch of a network that one kernel call computes: the embeddings, one block, the last norm or
 * the head.
 *
 * @param name path that people know it by, such as {@code bert.encoder.layer.3}
 * @param template resource path of its kernel text
 * @param groups its projection groups
 * @param tensors placeholder of the text to full name of the tensor, for all tensors outside groups
 * @param constants placeholder of the text to number, as text
 * @param precision element type of its products
 * @param role what it gives and what its list of places says
 * @param backward resource path of the text that goes back through it by hand, from what its own
 *     text returns beside its result; empty if only libtorch does
 */
public record Segment(
    String name,
    String template,
    List<ProjectionGroup> groups,
    Map<String, String> tensors,
    Map<String, String> constants,
    Precision precision,
    Role role,
    String backward) {

  /** In which element type a segment computes. */
  public enum Precision {
    /** As the base is held. */
    OF_BASE,
    /** In float32, whatever the base is held in. */
    FLOAT32
  }

  /** What a segment gives, and what it hears of a micro-batch. */
  public enum Role {
    /** States, from what its places say of tokens. */
    COMPUTING,
    /** States of tokens and patches, from what its places say of pictures. */
    SEEING,
    /**
     * Its input as it was, and a further term of the loss, from what its places say of pictures.
     */
    OBSERVING;

    /** Whether its places are those of pictures. */
    public boolean readsPictures() {
      return this != COMPUTING;
    }
  }

  /** A segment that libtorch goes back through. */
  public Segment(
      String name,
      String template,
      List<ProjectionGroup> groups,
      Map<String, String> tensors,
      Map<String, String> constants,
      Precision precision,
      Role role) {
    this(name, template, groups, tensors, constants, precision, role, "");
  }

  /** One that computes states of tokens. */
  public Segment(
      String name,
      String template,
      List<ProjectionGroup> groups,
      Map<String, String> tensors,
      Map<String, String> constants,
      Precision precision) {
    this(name, template, groups, tensors, constants, precision, Role.COMPUTING);
  }

  public Segment {
    groups = List.copyOf(groups);
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    constants = Map.copyOf(constants);
  }

  /** The layer norm that follows the blocks. */
  static Segment lastLayerNorm(ModelConfig config, String path) {
    Map<String, String> tensors = new LinkedHashMap<>();
    layerNorm(tensors, "norm", path);
    Map<String, String> constants =
        Map.of(
            "hidden", Integer.toString(config.hiddenSize()),
            "epsilon", Double.toString(config.normEpsilon()));
    return new Segment(
        path, "kernels/norm/layer.torchscript", List.of(), tensors, constants, Precision.OF_BASE);
  }

  /** Names the tensors of a layer norm, which has a weight and a bias. */
  static void layerNorm(Map<String, String> tensors, String placeholder, String path) {
    tensors.put(placeholder + "_weight", path + ".weight");
    tensors.put(placeholder + "_bias", path + ".bias");
  }
}
