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
public sealed class ReferencePairingTests : IAsyncLifetime
{
    /// <summary>Keys, and sections, that code reads later than the settings, each with its reader.</summary>
    private static readonly string[] ReadElsewhere =
    [
        // Mailboxes, when an actor first asks for one that is bounded.
        "actor-runtime.actor.default-mailbox", "actor-runtime.actor.mailbox", "actor-runtime.actor.default-dispatcher.mailbox-type",
        "actor-runtime.actor.default-dispatcher.mailbox-capacity", "actor-runtime.actor.default-dispatcher.mailbox-push-timeout-time",
        // EventAdapters, when a journal is first used.
        "actor-runtime.persistence.journal",
        // The test kit, which no node has; its own tests pair it.
        "actor-runtime.test",
        // Cluster.Tools, when an application first uses one of them; its own tests pair it.
        "actor-runtime.cluster.singleton", "actor-runtime.cluster.singleton-proxy", "actor-runtime.cluster.pub-sub",
    ];

    /// <summary>What the test has to write itself: a node must be given a name.</summary>
    private const string Given = "actor-runtime.cluster.name";

    private readonly List<ConfigRead> _reads = [];

    public async Task InitializeAsync()
    {
        var user = ConfigurationFactory.ParseString(Given + " = n1").Observed(Add);
        NodeConfiguration.Check(user);
        var all = ConfigurationFactory.Default().Observed(Add);
        var system = ActorSystem.Create("pairing", all);
        await using (system.ConfigureAwait(false)) Assert.NotNull(system.Serialization);

        void Add(ConfigRead read) => _reads.Add(read with { Key = HoconPath.Render(HoconPath.Parse(read.Key)) });
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public void Every_key_that_is_read_is_in_the_reference()
    {
        var unknown = _reads.Where(read => !IsInReference(read.Key) && !IsNamedByStar(read.Key));
        Assert.Empty(unknown.Select(read => read.Key).Distinct());
    }

    [Fact]
    public void Every_key_of_the_reference_is_read()
    {
        var read = _reads.Select(entry => entry.Key).ToHashSet();
        var unread = Leaves((HoconValue.Object)ConfigurationFactory.Default().Root, "")
            .Where(key => !read.Contains(key) && !ReadElsewhere.Any(other => IsAtOrBelow(key, other)) && !key.Contains("\"*\"", StringComparison.Ordinal)
                && !read.Any(other => IsAtOrBelow(other, key)));
        Assert.Empty(unread);
    }

    [Fact]
    public void Defaults_of_the_reference_are_those_of_the_code()
    {
        var different =
            from read in _reads
            where read.Default is not null && read.Key != Given && !Same(read.Default, read.Value)
            select $"{read.Key}: the reference says {read.Value}, the code {read.Default}";
        Assert.Empty(different.Distinct());
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
        && IsInReference($"{parent[..above]}.\"*\"");

    /// <summary>Also with the value null, which says that the key exists and is left out.</summary>
    private static bool IsInReference(string key) =>
        ((HoconValue.Object)ConfigurationFactory.Default().Root).Find(HoconPath.Parse(key)) is not null;

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
