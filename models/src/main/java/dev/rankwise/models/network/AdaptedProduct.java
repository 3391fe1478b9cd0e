package dev.rankwise.models.network;

import dev.rankwise.models.config.ModuleShape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a method computes one projection group: the text of its kernel and what is filled into it.
 *
 * <p>The text uses {@code ${method}} for its own name and {@code ${base}} for the name of the
 * frozen product, and reads trainable tensors by their place in {@code tensors}: {@code ${t0}},
 * {@code ${t1}} … In training it reads, by their place in {@code dropped}, masks of the numbers
 * that dropout takes out of the modules' inputs: {@code ${d0}}, {@code ${d1}} …, and by their place
 * in {@code shaken} the factors of jitter: {@code ${j0}} … Further placeholders are those of {@link
 * Attachment.Asides}. The linker replaces all of them.
 *
 * @param template resource path of the kernel text
 * @param substitutions further placeholders of the text, such as expressions over {@code ${t0}} …
 * @param tensors the trainable tensors that the text reads, in the order of their placeholders
 * @param prepared resource path of a text that computes, from the frozen and the trainable tensors
 *     and without gradient, what {@code ${prepared}} stands for: once for each vector of
 *     parameters; empty if there is none. Both texts may read {@code ${weight}}, {@code ${bias}}
 *     and {@code ${norms}}: the group's frozen weights (outs, in), their biases and their norms by
 *     output; {@code ${weight}} in the product's text stands after {@code ${base}}, since weights
 *     in four bits are unpacked by then
 * @param dropped the modules whose masks the text reads, (rows, in) truth values each
 * @param parts further texts, by the placeholder of their names: methods of their own, which
 *     products that come to the same text share
 * @param shaken the modules whose factors of jitter the text reads, (rows, in) each
 * @param byHand texts for segments that go back by hand; empty if only libtorch goes back through
 *     the product
 */
public record AdaptedProduct(
    String template,
    Map<String, String> substitutions,
    List<TrainableTensor> tensors,
    String prepared,
    List<ModuleShape> dropped,
    Map<String, String> parts,
    List<ModuleShape> shaken,
    Optional<ByHand> byHand) {

  /**
   * A product that goes back by hand.
   *
   * @param forward resource path of a text that computes the product unrecorded; what its backward
   *     pass needs it leaves at the end of the list {@code p}
   * @param backward resource path of a text that takes the gradient of the product's result, and
   *     its input, to the gradient of the input. It takes what was left from the end of the list
   *     {@code d}, and writes the gradients of the tensors where {@code ${g0}}, {@code ${g1}} …
   *     stand; {@code ${base}} in it takes a gradient back through the frozen product
   */
  public record ByHand(String forward, String backward) {}

  /** A product that drops nothing. */
  public AdaptedProduct(
      String template, Map<String, String> substitutions, List<TrainableTensor> tensors) {
    this(template, substitutions, tensors, "", List.of(), Map.of(), List.of());
  }

  /** A product of one text whose input is not shaken. */
  public AdaptedProduct(
      String template,
      Map<String, String> substitutions,
      List<TrainableTensor> tensors,
      String prepared,
      List<ModuleShape> dropped) {
    this(template, substitutions, tensors, prepared, dropped, Map.of(), List.of());
  }

  /** A product that libtorch goes back through. */
  public AdaptedProduct(
      String template,
      Map<String, String> substitutions,
      List<TrainableTensor> tensors,
      String prepared,
      List<ModuleShape> dropped,
      Map<String, String> parts,
      List<ModuleShape> shaken) {
    this(template, substitutions, tensors, prepared, dropped, parts, shaken, Optional.empty());
  }

  /** The same with a backward pass by hand, whose texts read further substitutions. */
  public AdaptedProduct with(ByHand texts, Map<String, String> further) {
    Map<String, String> all = new LinkedHashMap<>(substitutions);
    all.putAll(further);
    return new AdaptedProduct(
        template, all, tensors, prepared, dropped, parts, shaken, Optional.of(texts));
  }

  public AdaptedProduct {
    substitutions = Map.copyOf(substitutions);
    tensors = List.copyOf(tensors);
    dropped = List.copyOf(dropped);
    parts = Map.copyOf(parts);
    shaken = List.copyOf(shaken);
  }
}
