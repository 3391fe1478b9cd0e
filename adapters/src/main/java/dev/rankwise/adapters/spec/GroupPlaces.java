package dev.rankwise.adapters.spec;

import dev.rankwise.models.config.ModuleShape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Where the adapted projections of a group lie side by side, for texts that go through them one by
 * one.
 *
 * @param starts the first output of each adapted projection among those of the group
 * @param ranks of each, at least 0
 * @param scales of each; with dropout times {@code 1 / (1 - dropout)}
 */
public record GroupPlaces(List<Integer> starts, List<Integer> ranks, List<Double> scales) {

  public GroupPlaces {
    starts = List.copyOf(starts);
    ranks = List.copyOf(ranks);
    scales = List.copyOf(scales);
  }

  /**
   * The places of a group.
   *
   * @param group the projections that read one input, in the order of their outputs
   * @param adapted those that are adapted, by path
   * @param dropout share of an input that is dropped, [0, 1)
   */
  public static GroupPlaces of(
      List<ModuleShape> group, Map<String, MatchedModule> adapted, double dropout) {
    List<Integer> starts = new ArrayList<>();
    List<Integer> ranks = new ArrayList<>();
    List<Double> scales = new ArrayList<>();
    int start = 0;
    for (ModuleShape module : group) {
      MatchedModule matched = adapted.get(module.path());
      if (matched != null) {
        starts.add(start);
        ranks.add(matched.rank());
        scales.add(matched.scale() / (1 - dropout));
      }
      start += module.outFeatures();
    }
    return new GroupPlaces(starts, ranks, scales);
  }

  /**
   * What kernel texts read: {@code ${starts}}, {@code ${ranks}} and {@code ${scales}}, and the
   * masks of dropout as {@code ${masks}}.
   */
  public Map<String, String> substitutions() {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("starts", joined(starts));
    values.put("ranks", joined(ranks));
    values.put("scales", joined(scales));
    values.put(
        "masks", joined(IntStream.range(0, starts.size()).mapToObj("${d%s}"::formatted).toList()));
    return values;
  }

  private static String joined(List<?> parts) {
    return parts.stream().map(Object::toString).collect(Collectors.joining(", "));
  }
}
