using ActorRuntime.Configuration;
using ActorRuntime.Dispatch;
using ActorRuntime.Routing;

namespace ActorRuntime.Actor;

/// <summary>The deployments of one system by path: those of the configuration, and those set by code, which replace them. Any thread.</summary>
/// <remarks>An element written out wins over <c>*</c>, and <c>*</c> over <c>**</c>; a way that ends nowhere is left for the next best.</remarks>
public sealed class Deployer
{
    private const string Section = "actor-runtime.actor.deployment";

    /// <summary>The entry of the reference that says which keys a deployment has.</summary>
    private const string AnyPath = "*";

    private readonly Lock _changing = new();
    private volatile Node? _root;

    internal Deployer(IEnumerable<Deploy> configured)
    {
        foreach (var deploy in configured) SetDeploy(deploy);
    }

    /// <summary>Sets the deployment of its path, from the next actor created there on.</summary>
    /// <exception cref="ArgumentException">Not a path: see <see cref="Deploy(string, Scope)"/>.</exception>
    public void SetDeploy(Deploy deploy)
    {
        if (Refusal(deploy.Path) is { } refusal) throw new ArgumentException($"'{deploy.Path}' is no path of a deployment: {refusal}", nameof(deploy));
        lock (_changing) _root = (_root ?? Node.Empty).With(deploy.Path.Split('/').AsSpan(1), deploy);
    }

    /// <summary>The deployment of an actor below the user guardian; null when there is none.</summary>
    public Deploy? Lookup(ActorPath path)
    {
        // Nearly every system has none: then creating an actor costs nothing more.
        if (_root is not { } root) return null;
        var elements = path.Elements;
        return elements.Count > 1 && elements[0] == "user" ? root.Find(elements, 1) : null;
    }

    /// <summary>The deployments of a configuration; what is wrong with them goes to <paramref name="errors"/>.</summary>
    /// <param name="config">The whole configuration; reports to <paramref name="errors"/>, too.</param>
    /// <param name="errors">Takes what is wrong.</param>
    internal static IReadOnlyList<Deploy> Read(Config config, ConfigurationErrors errors)
    {
        var deployments = new List<Deploy>();
        var section = config.GetConfig(Section);
        foreach (var (path, value) in section.AsEnumerable())
        {
            if (path == AnyPath) continue;
            var key = Section + "." + Quoted(path);
            if (Refusal(path) is { } refusal)
            {
                errors.Add(new ConfigurationError($"no path of a deployment: {refusal}", key, value.Origin));
                continue;
            }

            try
            {
                deployments.Add(ReadOne(path, section.GetConfig(Quoted(path))));
            }
            catch (ArgumentException broken)
            {
                errors.Add(new ConfigurationError(broken.Message, key, value.Origin));
            }
            catch (ConfigurationException broken)
            {
                errors.AddRange(broken.Errors);
            }
        }

        return deployments;
    }

    private static Deploy ReadOne(string path, Config section)
    {
        var stash = section.GetInt("stash-capacity", 0);
        return new Deploy(path, RouterOf(section))
            .WithDispatcher(NullIfEmpty(section.GetString("dispatcher", "")))
            .WithMailbox(NullIfEmpty(section.GetString("mailbox", "")))
            .WithStashCapacity(stash == 0 ? null : stash);
    }

    private static RouterConfig? RouterOf(Config section) => section.GetString("router", "from-code") switch
    {
        "from-code" => null,
        "round-robin-pool" => new RoundRobinPool(section),
        "round-robin-group" => new RoundRobinGroup(section),
        "random-pool" => new RandomPool(section),
        "random-group" => new RandomGroup(section),
        "broadcast-pool" => new BroadcastPool(section),
        "broadcast-group" => new BroadcastGroup(section),
        "smallest-mailbox-pool" => new SmallestMailboxPool(section),
        "scatter-gather-pool" => new ScatterGatherFirstCompletedPool(section),
        "scatter-gather-group" => new ScatterGatherFirstCompletedGroup(section),
        "tail-chopping-pool" => new TailChoppingPool(section),
        "tail-chopping-group" => new TailChoppingGroup(section),
        "consistent-hashing-pool" => new ConsistentHashingPool(section),
        "consistent-hashing-group" => new ConsistentHashingGroup(section),
        var name => OwnRouter(section, name),
    };

    private static RouterConfig OwnRouter(Config section, string name)
    {
        const string Key = Section + ".router";
        const string Known = "a pool or group such as round-robin-pool, broadcast-group, scatter-gather-pool, tail-chopping-pool, consistent-hashing-pool";
        var type = ConfiguredType.Find(Key, name, typeof(RouterConfig), Known);
        return (RouterConfig)ConfiguredType.Invoke(Key, ConfiguredType.Constructor(Key, type, typeof(Config)), section);
    }

    private static string Quoted(string path) => '"' + path + '"';

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private static string? Refusal(string path)
    {
        if (!path.StartsWith('/')) return "it begins with a slash and names an actor below /user";
        foreach (var element in path.Split('/').AsSpan(1))
        {
            if (element is "") return "it has an empty element";
            if (element is not ("*" or "**") && element.Contains('*')) return "* stands for a whole element";
        }

        return path.IndexOf("**", StringComparison.Ordinal) is var at and >= 0 && at < path.Length - 2 ? "** stands at its end only" : null;
    }

    /// <summary>What is known of the paths with one beginning. Immutable.</summary>
    private sealed class Node(Deploy? deploy, IReadOnlyDictionary<string, Node> below)
    {
        public static readonly Node Empty = new(null, new Dictionary<string, Node>());

        public Node With(ReadOnlySpan<string> path, Deploy added)
        {
            if (path.IsEmpty) return new Node(added, below);
            var child = below.GetValueOrDefault(path[0], Empty).With(path[1..], added);
            return new Node(deploy, new Dictionary<string, Node>(below) { [path[0]] = child });
        }

        public Deploy? Find(IReadOnlyList<string> path, int index)
        {
            if (index == path.Count) return deploy;
            if (below.TryGetValue(path[index], out var exact) && exact.Find(path, index + 1) is { } found) return found;
            if (below.TryGetValue("*", out var any) && any.Find(path, index + 1) is { } matching) return matching;
            return below.TryGetValue("**", out var rest) ? rest.Deployment : null;
        }

        private Deploy? Deployment => deploy;
    }
}
