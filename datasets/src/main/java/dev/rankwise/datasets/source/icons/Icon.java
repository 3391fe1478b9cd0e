package dev.rankwise.datasets.source.icons;

import java.util.List;

/**
 * A drawing of a collection.
 *
 * @param key its key in the collection, such as {@code arrow-down}
 * @param name what it shows, in words
 * @param tags words that people look it up by, perhaps none
 */
record Icon(String key, String name, List<String> tags) {
  Icon {
    tags = List.copyOf(tags);
  }
}
