package dev.rankwise.jobs.architecture;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreeScanner;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Calls that write a number in the digits of whatever locale the computer has: {@code %d} and its
 * like, where no locale is named. {@code %s} writes a number as Java does, the same everywhere.
 */
final class NumberFormats {

  private static final Pattern NUMBER =
      Pattern.compile("(?<!%)(?:%%)*%(?:\\d+\\$)?[-#+0,( ]*\\d*(?:\\.\\d+)?[doxXeEfgGaAtT]");

  private NumberFormats() {}

  /** Places of such calls, as {@code Foo.java:12}. */
  static List<String> withoutLocale(List<Path> javaFiles) {
    List<String> places = new ArrayList<>();
    ParsedSources.each(
        javaFiles, (unit, positions) -> new Scanner(unit, positions, places).scan(unit, null));
    return places;
  }

  private static final class Scanner extends TreeScanner<Void, Void> {

    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final List<String> places;

    Scanner(CompilationUnitTree unit, SourcePositions positions, List<String> places) {
      this.unit = unit;
      this.positions = positions;
      this.places = places;
    }

    @Override
    public Void visitMethodInvocation(MethodInvocationTree call, Void nothing) {
      if (call.getMethodSelect() instanceof MemberSelectTree method && isWrong(method, call)) {
        long line = unit.getLineMap().getLineNumber(positions.getStartPosition(unit, method));
        Path file = Path.of(unit.getSourceFile().getName()).getFileName();
        places.add(file + ":" + line);
      }
      return super.visitMethodInvocation(call, null);
    }

    private static boolean isWrong(MemberSelectTree method, MethodInvocationTree call) {
      List<? extends ExpressionTree> arguments = call.getArguments();
      return switch (method.getIdentifier().toString()) {
        case "formatted" -> hasNumber(method.getExpression());
        case "format" ->
            method.getExpression().toString().equals("String")
                && !arguments.get(0).toString().startsWith("Locale.");
        case "printf" -> !arguments.get(0).toString().startsWith("Locale.");
        default -> false;
      };
    }

    /** Also where the text is put together from several. */
    private static boolean hasNumber(Tree text) {
      List<String> literals = new ArrayList<>();
      new TreeScanner<Void, Void>() {
        @Override
        public Void visitLiteral(LiteralTree literal, Void nothing) {
          if (literal.getValue() instanceof String value) {
            literals.add(value);
          }
          return null;
        }
      }.scan(text, null);
      return literals.stream().anyMatch(literal -> NUMBER.matcher(literal).find());
    }
  }
}
