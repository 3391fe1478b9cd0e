package dev.rankwise.adapters.spec;

import dev.rankwise.adapters.spec.ExpertMixture.Router;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Groups of tasks and of experts, between which loads are balanced (LoRAMoE): loads are compared
 * after an expert's load by rows of its own group has been made larger, and by others smaller.
 *
 * <p>The experts of a router are as many equal stretches as there are groups: of eight experts and
 * two groups, 0 to 3 belong to group 0.
 *
 * @param ofTasks the group of each task, by its number, counted from 0; empty where there are none
 * @param preference δ: an expert's load by rows of its own group counts 1 + δ times, by others 1 −
 *     δ times, [0, 1)
 */
public record ExpertGroups(List<Integer> ofTasks, double preference) implements Serializable {
  public ExpertGroups {
    ofTasks = List.copyOf(ofTasks);
  }

  /** No groups: all experts are to be loaded alike. */
  public static ExpertGroups none() {
    return new ExpertGroups(List.of(), 0);
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return ofTasks.isEmpty();
  }

  /** How many groups there are. */
  public int count() {
    return 1 + ofTasks.stream().mapToInt(Integer::intValue).max().orElse(-1);
  }

  /**
   * The group of each expert.
   *
   * @param experts E, a multiple of the groups
   */
  public List<Integer> ofExperts(int experts) {
    List<Integer> groups = new ArrayList<>();
    for (int expert = 0; expert < experts; expert++) {
      groups.add(expert * count() / experts);
    }
    return groups;
  }

  void require(
      int experts,
      int topK,
      int tasks,
      Router router,
      List<Integer> byLayer,
      List<String> problems) {
    if (isEmpty()) {
      return;
    }
    boolean counted =
        ofTasks.stream().allMatch(group -> group >= 0)
            && ofTasks.stream().distinct().count() == count();
    if (ofTasks.size() != tasks || !counted || count() < 2) {
      problems.add(
          "Invalid task_groups: %s for %s tasks (must be a number for each, from 0 on, of two groups"
                  .formatted(ofTasks, tasks)
              + " or more, none of them left out)");
    } else if (experts % count() != 0) {
      problems.add(
          "Invalid task_groups: %s groups for %s experts (each group must have as many experts)"
              .formatted(count(), experts));
    }
    if (!(preference >= 0 && preference < 1)) {
      problems.add("Invalid group_preference: %s (must be in [0, 1))".formatted(preference));
    }
    if (router != Router.TOKEN) {
      problems.add(
          "Invalid task_groups: %s with router %s (the balance between groups is that of routers by"
                  .formatted(ofTasks, router.name().toLowerCase(Locale.ROOT))
              + " token); leave them out, or set router to token");
    }
    if (topK != experts || !byLayer.isEmpty()) {
      problems.add(
          ("Invalid task_groups: %s where %s of %s experts compute a token (groups are balanced where"
                  + " all experts of a router compute each token); set top_k to the number of experts,"
                  + " the same in all layers, or leave the groups out")
              .formatted(ofTasks, topK, experts));
    }
  }
}
