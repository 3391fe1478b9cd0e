package dev.rankwise.models.architecture;

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
 */
public record Segment(
    String name,
    String template,
    List<ProjectionGroup> groups,
    Map<String, String> tensors,
    Map<String, String> constants,
    Precision precision) {

  /** In which element type a segment computes. */
  public enum Precision {
    /** As the base is held. */
    OF_BASE,
    /** In float32, whatever the base is held in. */
    FLOAT32
  }

  public Segment {
    groups = List.copyOf(groups);
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    constants = Map.copyOf(constants);
  }
}
