package dev.rankwise.models.remote;

import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import dev.rankwise.models.format.ProcessLock;
import dev.rankwise.models.remote.HubSettings.Network;
import dev.rankwise.models.remote.RepositoryListing.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Repositories of models on a hub, kept in the cache that the hub's own tools use too.
 *
 * <p>A revision is first turned into a commit, whose files never change. Of several threads and
 * processes that ask for one repository at once, one fetches and the others wait for it.
 */
public final class Hub {
  private final HubSettings settings;
  private final Pacing pacing;

  public Hub(HubSettings settings, Pacing pacing) {
    this.settings = settings;
    this.pacing = pacing;
  }

  /** Whether nothing may be asked of the network. */
  public boolean isOffline() {
    return settings.network() == Network.OFFLINE;
  }

  /**
   * The folder of what is in the cache, without a question to the hub: that of a commit; of a
   * branch or tag the commit that it last was, and only offline. Which files it holds is for the
   * caller to see.
   */
  public Optional<Path> cached(HubName name) {
    HubCache cache = new HubCache(settings.cache(), name);
    return name.isPinned() || isOffline()
        ? cache.commit(name).map(cache::snapshot).filter(Files::isDirectory)
        : Optional.empty();
  }

  /** Whether it is known, from the cache, that the commit of that folder has no such file. */
  public boolean isAbsent(HubName name, Path snapshot, String file) {
    return new HubCache(settings.cache(), name).isAbsent(snapshot.getFileName().toString(), file);
  }

  /**
   * Asks the hub for a repository and fetches what is wanted of it.
   *
   * @param choice fetches the files that it wants
   * @return the folder of the commit; its name is the commit
   * @throws UserInputException if nothing may be asked of the network, if there is no such
   *     repository or revision, or if it is not for this user
   * @throws dev.rankwise.models.failure.ClusterException if the hub cannot be reached
   * @throws dev.rankwise.models.failure.CorruptFileException if the hub sends something else than
   *     it says
   */
  public Path fetch(HubName name, Consumer<RemoteFolder> choice) {
    HubCache cache = new HubCache(settings.cache(), name);
    if (isOffline()) {
      throw new UserInputException(
          ("Base %s is not whole in the cache %s, and HF_HUB_OFFLINE forbids to fetch it; run once"
                  + " without HF_HUB_OFFLINE, or copy the cache of a host that has it")
              .formatted(name, settings.cache()));
    }
    return ProcessLock.holding(
        cache.lock(),
        () -> {
          HubClient client = new HubClient(settings, pacing);
          RepositoryListing listing = client.listing(name);
          choice.accept(new Snapshot(client, cache, name.at(listing.commit()), listing));
          cache.note(name, listing.commit());
          return cache.snapshot(listing.commit());
        });
  }

  /** Notes that the commit of that folder has no such file, so that nobody asks again. */
  public void noteAbsent(HubName name, Path snapshot, String file) {
    new HubCache(settings.cache(), name).noteAbsent(snapshot.getFileName().toString(), file);
  }

  /** The files of one commit. */
  private final class Snapshot implements RemoteFolder {
    private final HubClient client;
    private final HubCache cache;
    private final HubName pinned;
    private final RepositoryListing listing;

    private Snapshot(HubClient client, HubCache cache, HubName pinned, RepositoryListing listing) {
      this.client = client;
      this.cache = cache;
      this.pinned = pinned;
      this.listing = listing;
    }

    @Override
    public SortedSet<String> names() {
      return new TreeSet<>(listing.files().keySet());
    }

    @Override
    public Path fetch(String file) {
      Entry entry = listing.files().get(file);
      Path path = cache.file(pinned.revision(), file);
      if (!isHere(path, entry)) {
        Path blob = new BlobFetch(client, pacing.clock(), cache, pinned, file, entry).fetch();
        cache.link(pinned.revision(), file, blob);
      }
      return path;
    }

    /** A file that is shorter or longer than it must be is fetched again. */
    private boolean isHere(Path path, Entry entry) {
      try {
        return Files.isRegularFile(path)
            && (entry.bytes().isEmpty() || Files.size(path) == entry.bytes().getAsLong());
      } catch (IOException e) {
        throw FileFailure.reading(path, e);
      }
    }
  }
}
