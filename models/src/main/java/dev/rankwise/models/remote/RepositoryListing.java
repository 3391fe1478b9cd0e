package dev.rankwise.models.remote;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.format.StrictJson;
import java.util.Collections;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the hub says of a repository at a revision.
 *
 * @param commit the commit that the revision is now
 * @param files by name; names are a stranger's
 */
record RepositoryListing(String commit, SortedMap<String, Entry> files) {

  /**
   * A file of the repository.
   *
   * @param bytes its size, if the hub says so
   * @param hash what it must hold, if the hub says so
   */
  record Entry(OptionalLong bytes, Optional<BlobHash> hash) {}

  RepositoryListing {
    files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
  }

  /**
   * Reads the hub's answer.
   *
   * @param origin where it comes from, for messages
   * @throws CorruptFileException if it is no such answer
   */
  static RepositoryListing parse(byte[] answer, String origin) {
    ObjectNode root = StrictJson.parse(answer, origin);
    String commit = root.path("sha").asText();
    JsonNode siblings = root.path("siblings");
    if (!HubName.isCommit(commit) || !siblings.isArray()) {
      throw new CorruptFileException(
          ("Answer of %s cannot be used: it must have a commit of 40 digits as \"sha\" and a list"
                  + " \"siblings\"; check that HF_ENDPOINT is a hub")
              .formatted(origin));
    }
    SortedMap<String, Entry> files = new TreeMap<>();
    for (JsonNode sibling : siblings) {
      JsonNode large = sibling.path("lfs");
      OptionalLong bytes = bytes(large.has("size") ? large.path("size") : sibling.path("size"));
      Optional<BlobHash> hash =
          large.has("sha256")
              ? BlobHash.of(large.path("sha256").asText())
              : BlobHash.of(sibling.path("blobId").asText()).filter(it -> !large.isObject());
      files.put(sibling.path("rfilename").asText(), new Entry(bytes, hash));
    }
    return new RepositoryListing(commit, files);
  }

  private static OptionalLong bytes(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToLong() && node.longValue() >= 0
        ? OptionalLong.of(node.longValue())
        : OptionalLong.empty();
  }
}
