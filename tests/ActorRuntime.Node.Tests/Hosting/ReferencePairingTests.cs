using System.Collections;
using ActorRuntime.Actor;
using ActorRuntime.Configuration;
using ActorRuntime.Node.Hosting;
using Xunit;

namespace ActorRuntime.Node.Tests.Hosting;

/// <summary>
/// Goal: the reference files and the code know the same keys with the same defaults. Method: every getter that is called while all settings are
/// read is compared with the reference.
/// </summary>
[Trait("Requirement", "AR-6")]
public sealed class ReferencePairingTests
{
    /// <summary>Keys, and sections, that code reads later than the settings, each with its reader.</summary>
    private static readonly string[] ReadElsewhere =
    [
        // Serialization.Serialization, when a system first serializes.
        "actor-runtime.actor.serializers", "actor-runtime.actor.serialization-bindings",
        // EventAdapters, when a journal is first used.
        "actor-runtime.persistence.journal",
        // The test kit, which no node has; its own tests pair it.
        "actor-runtime.test",
    ];

    /// <summary>What the test has to write itself: a node must be given a name.</summary>
    private const string Given = "actor-runtime.cluster.name";

    private static readonly Lazy<IReadOnlyList<ConfigRead>> Reads = new(ReadEverything);

    [Fact]
    public void Every_key_that_is_read_is_in_the_reference()
    {
        var unknown = Reads.Value.Where(read => ConfigurationFactory.Default().GetValue(read.Key) is null && !IsNamedByStar(read.Key));
        Assert.Empty(unknown.Select(read => read.Key).Distinct());
    }

    [Fact]
    public void Every_key_of_the_reference_is_read()
    {
        var read = Reads.Value.Select(entry => entry.Key).ToHashSet();
        var unread = Leaves((HoconValue.Object)ConfigurationFactory.Default().Root, "")
            .Where(key => !read.Contains(key) && !ReadElsewhere.Any(other => IsAtOrBelow(key, other)) && !key.Contains("\"*\"", StringComparison.Ordinal)
                && !read.Any(other => IsAtOrBelow(other, key)));
        Assert.Empty(unread);
    }

    [Fact]
    public void Defaults_of_the_reference_are_those_of_the_code()
    {
        var different =
            from read in Reads.Value
            where read.Default is not null && read.Key != Given && !Same(read.Default, read.Value)
            select $"{read.Key}: the reference says {read.Value}, the code {read.Default}";
        Assert.Empty(different.Distinct());
    }

    private static List<ConfigRead> ReadEverything()
    {
        var reads = new List<ConfigRead>();
        var user = ConfigurationFactory.ParseString(Given + " = n1").Observed(Add);
        NodeConfiguration.Check(user);
        var all = ConfigurationFactory.Default().Observed(Add);
        ActorOptions.FromConfig(all);
        CoordinatedShutdownOptions.FromConfig(all);
        return reads;

        void Add(ConfigRead read) => reads.Add(read with { Key = HoconPath.Render(HoconPath.Parse(read.Key)) });
    }

    private static bool Same(object expected, object? actual) => (expected, actual) switch
    {
        (string, _) => Equals(expected, actual),
        (IEnumerable left, IEnumerable right) => left.Cast<object>().SequenceEqual(right.Cast<object>()),
        _ => Equals(expected, actual),
    };

    private static bool IsAtOrBelow(string key, string section) => $"{key}.".StartsWith($"{section}.", StringComparison.Ordinal);

    private static bool IsNamedByStar(string key) =>
        key.LastIndexOf('.') is var dot and > 0 && key[..dot] is var parent && parent.LastIndexOf('.') is var above and > 0
        && ConfigurationFactory.Default().GetValue($"{parent[..above]}.\"*\"") is not null;

    private static IEnumerable<string> Leaves(HoconValue.Object section, string path)
    {
        foreach (var (key, value) in section.Items)
        {
            var full = HoconPath.Join(path, key);
            if (value is HoconValue.Object { Items.Count: > 0 } below)
            {
                foreach (var leaf in Leaves(below, full)) yield return leaf;
            }
            else
            {
                yield return full;
            }
        }
    }
}
