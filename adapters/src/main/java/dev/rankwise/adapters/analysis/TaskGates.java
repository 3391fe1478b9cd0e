package dev.rankwise.adapters.analysis;

import dev.rankwise.adapters.moe.MoeLora;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.spec.MatchedModule;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What routers over tasks weigh experts with: they read no token, so it follows from the adapter's
 * numbers alone.
 *
 * @param byTask by the task's name and the path of the router's module, in their orders: the weight
 *     of each expert, (experts), of sum 1; empty where no router goes by tasks
 */
public record TaskGates(Map<String, Map<String, List<Double>>> byTask) {

  public TaskGates {
    Map<String, Map<String, List<Double>>> copied = new LinkedHashMap<>();
    byTask.forEach(
        (task, routers) ->
            copied.put(task, Collections.unmodifiableMap(new LinkedHashMap<>(routers))));
    byTask = Collections.unmodifiableMap(copied);
  }

  /** Those of an adapter. */
  public static TaskGates of(Adapter adapter) {
    Map<String, Map<String, List<Double>>> byTask = new LinkedHashMap<>();
    if (adapter.plan().method() instanceof MoeLora mixture && mixture.mixture().routesByTask()) {
      List<String> tasks = mixture.mixture().calledTasks();
      tasks.forEach(task -> byTask.put(task, new LinkedHashMap<>()));
      List<String> routers = mixture.routers(adapter.plan().matched());
      for (MatchedModule module : adapter.plan().matched().adapted()) {
        String path = module.module().path();
        if (routers.contains(path)) {
          double[][] gates = mixture.taskGates(adapter.values(module));
          for (int task = 0; task < gates.length; task++) {
            byTask.get(tasks.get(task)).put(path, Arrays.stream(gates[task]).boxed().toList());
          }
        }
      }
    }
    return new TaskGates(byTask);
  }
}
