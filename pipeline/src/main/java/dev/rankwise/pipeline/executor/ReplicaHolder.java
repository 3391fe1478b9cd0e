package dev.rankwise.pipeline.executor;

import dev.rankwise.models.network.Replica.Frozen;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The models that are resident in this JVM: one for each key, shared by all tasks.
 *
 * <p>A task takes a lease and gives it back; the model stays for the next one. Of the models that
 * nobody uses, the ones used last stay, up to {@link #MAXIMUM_RESIDENT} in all. The same holds for
 * the parameters in native memory: the tasks of one step share one copy, and it is freed when a
 * newer one has come and its last task has ended.
 */
public final class ReplicaHolder {
  /** A frozen-base probe and the run that follows it alternate between two models. */
  static final int MAXIMUM_RESIDENT = 2;

  private static final ReplicaHolder OF_THIS_JVM = new ReplicaHolder();

  /** By key, the one used last at the end. */
  private final Map<String, Replica> replicas = new LinkedHashMap<>(8, 0.75f, true);

  ReplicaHolder() {}

  /** The holder that all tasks of this JVM share. */
  public static ReplicaHolder ofThisJvm() {
    return OF_THIS_JVM;
  }

  /**
   * The model of {@code source} with the parameters of {@code version}, opened and loaded if they
   * are not here yet. Tasks that ask meanwhile wait, since they need the same.
   *
   * @param theta the parameters, asked for only if they are not loaded
   */
  public synchronized Lease lease(
      ModelSource source, ParameterVersion version, Supplier<float[]> theta) {
    Replica replica = replicas.get(source.key());
    if (replica == null) {
      closeIdle(MAXIMUM_RESIDENT - 1);
      replica = new Replica(source.open());
      replicas.put(source.key(), replica);
    }
    return new Lease(replica, replica.loaded(version, theta));
  }

  /** What became of the frozen tensors of those of some models that are here. */
  public synchronized List<Frozen> frozen(Collection<String> keys) {
    List<Frozen> found = new ArrayList<>();
    replicas.forEach(
        (key, replica) -> {
          if (keys.contains(key)) {
            found.addAll(replica.model.frozen());
          }
        });
    return found;
  }

  /** Closes every model that no task uses. */
  public synchronized void closeIdle() {
    closeIdle(0);
  }

  private void closeIdle(int kept) {
    Iterator<Replica> eldestFirst = replicas.values().iterator();
    while (replicas.size() > kept && eldestFirst.hasNext()) {
      Replica replica = eldestFirst.next();
      if (!replica.isUsed()) {
        replica.close();
        eldestFirst.remove();
      }
    }
  }

  private synchronized void giveBack(Replica replica, Loaded loaded) {
    replica.giveBack(loaded);
  }

  /** A task's share in a model; given back by closing it. */
  public final class Lease implements AutoCloseable {
    private final Replica replica;
    private final Loaded loaded;

    private Lease(Replica replica, Loaded loaded) {
      this.replica = replica;
      this.loaded = loaded;
    }

    /** The model with its parameters. */
    public LoadedParameters parameters() {
      return loaded.parameters;
    }

    @Override
    public void close() {
      giveBack(replica, loaded);
    }
  }

  /** One model and the parameter vectors that its tasks use. Guarded by the holder. */
  private static final class Replica {
    private final ResidentModel model;
    private final List<Loaded> all = new ArrayList<>();

    Replica(ResidentModel model) {
      this.model = model;
    }

    Loaded loaded(ParameterVersion version, Supplier<float[]> theta) {
      Loaded found = null;
      for (Loaded candidate : all) {
        if (candidate.version.equals(version)) {
          found = candidate;
        }
      }
      if (found == null) {
        found = new Loaded(version, model.load(theta.get()));
        all.add(found);
        closeOutdated();
      }
      found.users++;
      return found;
    }

    void giveBack(Loaded loaded) {
      loaded.users--;
      closeOutdated();
    }

    /** Frees all but the newest vector, as far as no task uses them. */
    private void closeOutdated() {
      Loaded newest = all.get(all.size() - 1);
      Iterator<Loaded> each = all.iterator();
      while (each.hasNext()) {
        Loaded loaded = each.next();
        if (loaded != newest && loaded.users == 0) {
          loaded.parameters.close();
          each.remove();
        }
      }
    }

    boolean isUsed() {
      return all.stream().anyMatch(loaded -> loaded.users > 0);
    }

    void close() {
      all.forEach(loaded -> loaded.parameters.close());
      model.close();
    }
  }

  /** One vector in native memory and the number of tasks that use it. Guarded by the holder. */
  private static final class Loaded {
    private final ParameterVersion version;
    private final LoadedParameters parameters;
    private int users;

    Loaded(ParameterVersion version, LoadedParameters parameters) {
      this.version = version;
      this.parameters = parameters;
    }
  }
}
