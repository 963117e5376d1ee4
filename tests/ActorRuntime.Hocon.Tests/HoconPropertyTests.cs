using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace ActorRuntime.Configuration.Tests;

/// <summary>Goal: whatever the text, the reader answers with settings or an error that has a place. Method: random characters, tokens and
/// trees.</summary>
[Trait("Requirement", "AR-6")]
public sealed class HoconPropertyTests
{
    private static readonly string[] Words =
        ["a", "b", "a.b", "\"c.d\"", "=", ":", "{", "}", "[", "]", ",", "\n", "+=", "${a}", "${?b}", "${a.b}",
         "include", "\"x\"", "\"\"\"", "\"",
         "null", "on", "10ms", "#", "//", "$", "\\", " ", "1", ".", "\uFEFF", "\0", "é", "\uD800"];

    private const string Substitutions = """
        a = 1, b = ${a}, c { d = ${b}${?x} "y", e = [${a}, ${?x}] [2] }, c = ${c} { f = ${c.d} }, c { d = ${c.f}z, e += ${b} }
        g = ${c} { h = ${?g.h} }, i = ${?i}j, k = ${l}, l = ${?k}m, n { o = ${n.p}, p = ${q.r} }, q { r = ${n.s} }, n.s = ${a}
        """;

    private static readonly Lazy<string[]> References = new(() =>
    {
        var assembly = typeof(ConfigurationFactory).Assembly;
        return [.. assembly.GetManifestResourceNames().Select(name =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        })];
    });

    private static readonly Gen<string> Key = Gen.Elements("a", "b", "c", "x.y", "", "null", "include", "a b", "é\"\\\n");

    private static readonly Gen<string> Scalar =
        Gen.OneOf(Key, Gen.Elements("1", "true", "10 ms", "//", "${a}", "[", "\t", "\uD800"),
            ArbMap.Default.GeneratorFor<string>().Where(text => text is not null));

    [Fact]
    public void Any_characters_give_settings_or_an_error_with_a_place() =>
        Check(ArbMap.Default.GeneratorFor<char>().ArrayOf().Select(characters => new string(characters)), 2_000, Answers);

    [Fact]
    public void Any_tokens_give_settings_or_an_error_with_a_place() =>
        Check(Gen.Elements(Words).ArrayOf().Resize(60).Select(string.Concat), 5_000, Answers);

    /// <summary>The reference files, with a few random edits each: most of the text is still right, so the reader gets far.</summary>
    [Fact]
    public void Damaged_settings_give_settings_or_an_error_with_a_place() =>
        Check(Damaged(References.Value), 1_000, Answers);

    [Fact]
    public void Damaged_substitutions_give_settings_or_an_error_with_a_place() =>
        Check(Damaged([Substitutions]), 5_000, Answers);

    [Fact]
    public void Fallback_loses_no_value_that_nothing_hides() =>
        Check(Tree(3).Two(), 1_000, two =>
        {
            var (upper, lower) = two;
            var merged = (HoconValue.Object)upper.WithFallback(lower).Root;
            return Kept((HoconValue.Object)upper.Root, merged) && KeptBelow((HoconValue.Object)lower.Root, (HoconValue.Object)upper.Root, merged);
        });

    [Fact]
    public void Settings_written_and_read_again_are_the_same() =>
        Check(Tree(3), 1_000, tree =>
        {
            var written = tree.ToString();
            return ConfigurationFactory.ParseString(written).ToString() == written
                && Same(ConfigurationFactory.ParseString(written).Root, tree.Root);
        });

    [Fact]
    public void Fallbacks_may_be_joined_in_any_grouping() =>
        Check(Tree(2).Four(), 2_000, four =>
        {
            var (a, b, c, d) = four;
            var fromTheTop = a.WithFallback(b).WithFallback(c).WithFallback(d);
            var fromBelow = a.WithFallback(b.WithFallback(c.WithFallback(d)));
            var inPairs = a.WithFallback(b).WithFallback(c.WithFallback(d));
            return Same(fromTheTop.Root, fromBelow.Root) && Same(fromTheTop.Root, inPairs.Root);
        });

    [Fact]
    public void Later_text_is_laid_over_earlier_text_like_a_fallback() =>
        Check(Tree(2).Two(), 1_000, two =>
        {
            var (lower, upper) = two;
            return Same(ConfigurationFactory.ParseString($"{lower}\n{upper}").Root, upper.WithFallback(lower).Root);
        });

    private static bool Answers(string text)
    {
        try
        {
            var config = ConfigurationFactory.ParseString(text, "node.conf");
            return Same(ConfigurationFactory.ParseString(config.ToString()).Root, config.Root);
        }
        catch (ConfigurationException e)
        {
            return e.Line >= 1 && e.Line <= 1 + text.Count(c => c == '\n');
        }
    }

    /// <summary>Every value of <paramref name="part"/> is in <paramref name="whole"/>.</summary>
    private static bool Kept(HoconValue.Object part, HoconValue.Object whole) => part.Items.All(item =>
        whole.Items.TryGetValue(item.Key, out var value)
        && (item.Value is HoconValue.Object below ? value is HoconValue.Object found && Kept(below, found) : Same(item.Value, value)));

    /// <summary>Likewise, except where <paramref name="upper"/> has a value that hides it.</summary>
    private static bool KeptBelow(HoconValue.Object lower, HoconValue.Object upper, HoconValue.Object whole) => lower.Items.All(item =>
        !upper.Items.TryGetValue(item.Key, out var above) ? Same(item.Value, whole.Items[item.Key])
        : above is not HoconValue.Object over || item.Value is not HoconValue.Object under
          || KeptBelow(under, over, (HoconValue.Object)whole.Items[item.Key]));

    private static Gen<string> Damaged(string[] texts) =>
        from text in Gen.Elements(texts)
        from edits in Gen.Choose(0, 1_000_000).Zip(Gen.Elements([.. Words, ""])).ArrayOf().Resize(4)
        from removed in Gen.Choose(0, 6)
        select edits.Aggregate(text, (damaged, edit) =>
        {
            var at = edit.Item1 % (damaged.Length + 1);
            return string.Concat(damaged.AsSpan(0, at), edit.Item2, damaged.AsSpan(Math.Min(damaged.Length, at + removed)));
        });

    private static bool Same(HoconValue left, HoconValue right) => (left, right) switch
    {
        (HoconValue.Object l, HoconValue.Object r) =>
            l.Items.Count == r.Items.Count && l.Items.All(item => r.Items.TryGetValue(item.Key, out var other) && Same(item.Value, other)),
        (HoconValue.List l, HoconValue.List r) => l.Items.Count == r.Items.Count
            && l.Items.Zip(r.Items).All(two => Same(two.First, two.Second)),
        (HoconValue.Scalar l, HoconValue.Scalar r) => l.Text == r.Text,
        _ => left.GetType() == right.GetType(),
    };

    private static Gen<Config> Tree(int depth) => Object(depth).Select(value => new Config(new HoconRoot(value)));

    private static Gen<HoconValue> Object(int depth) =>
        Key.Zip(Value(depth - 1)).ListOf().Resize(5).Select(HoconValue (items) =>
        {
            var fields = new OrderedDictionary<string, HoconValue>();
            foreach (var (key, value) in items) fields[key] = value;
            return new HoconValue.Object(fields, Nowhere);
        });

    private static Gen<HoconValue> Value(int depth)
    {
        var simple = Scalar.Select(HoconValue (text) => new HoconValue.Scalar(text, Nowhere));
        var none = Gen.Constant<HoconValue>(new HoconValue.Null(Nowhere));
        if (depth == 0) return Gen.Frequency((5, simple), (1, none));
        var list = Value(depth - 1).ListOf().Resize(4).Select(HoconValue (items) => new HoconValue.List([.. items], Nowhere));
        return Gen.Frequency((4, simple), (1, none), (2, list), (5, Object(depth)));
    }

    private static HoconOrigin Nowhere { get; } = new("nowhere", 1);

    private static void Check<T>(Gen<T> cases, int count, Func<T, bool> holds) =>
        FsCheck.Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(count), Prop.ForAll(cases.ToArbitrary(), holds));
}
