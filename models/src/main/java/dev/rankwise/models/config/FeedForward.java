package dev.rankwise.models.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The feed-forward part of one block: projections that read the block's state side by side, an
 * activation that works number by number, and one projection back.
 *
 * @param readers the projections that read the state, in the order of their outputs
 * @param writer the projection back, which reads what the activation gives
 */
public record FeedForward(List<ModuleShape> readers, ModuleShape writer) {

  /** Ends of paths within a block, the first of which is found in no other place. */
  private static final List<Map.Entry<List<String>, String>> FORMS =
      List.of(
          Map.entry(List.of("mlp.gate_proj", "mlp.up_proj"), "mlp.down_proj"),
          Map.entry(List.of("mlp.gate_up_proj"), "mlp.down_proj"),
          Map.entry(List.of("mlp.c_fc"), "mlp.c_proj"),
          Map.entry(List.of("mlp.fc1"), "mlp.fc2"),
          Map.entry(List.of("intermediate.dense"), "output.dense"));

  public FeedForward {
    readers = List.copyOf(readers);
  }

  /** Those of a base, by the order of its blocks. */
  static List<FeedForward> of(List<ModuleShape> modules) {
    Map<String, ModuleShape> byPath = new TreeMap<>();
    modules.forEach(module -> byPath.put(module.path(), module));
    List<FeedForward> found = new ArrayList<>();
    for (ModuleShape module : modules) {
      for (Map.Entry<List<String>, String> form : FORMS) {
        String first = "." + form.getKey().get(0);
        if (module.path().endsWith(first)) {
          String block = module.path().substring(0, module.path().length() - first.length()) + ".";
          found.add(
              new FeedForward(
                  form.getKey().stream().map(name -> byPath.get(block + name)).toList(),
                  byPath.get(block + form.getValue())));
        }
      }
    }
    return found;
  }

  /** Whether the module at that path reads the state. */
  public boolean reads(String path) {
    return readers.stream().anyMatch(module -> module.path().equals(path));
  }

  /** Whether the module at that path is one of its projections. */
  public boolean holds(String path) {
    return reads(path) || writer.path().equals(path);
  }
}
