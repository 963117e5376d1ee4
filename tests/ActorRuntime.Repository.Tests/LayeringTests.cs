using System.Xml.Linq;
using Xunit;

namespace ActorRuntime.Repository.Tests;

/// <summary>Dependencies point down, and a project refers to what it needs, not to everything.</summary>
public sealed class LayeringTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["ActorRuntime.Hocon"] = [],
        ["ActorRuntime.Hocon.Extensions"] = ["ActorRuntime.Hocon"],
        ["ActorRuntime"] = ["ActorRuntime.Hocon"],
        ["ActorRuntime.Remote"] = ["ActorRuntime"],
        ["ActorRuntime.Persistence"] = ["ActorRuntime"],
        ["ActorRuntime.Cluster"] = ["ActorRuntime.Remote", "ActorRuntime.Persistence"],
        ["ActorRuntime.Persistence.Sql"] = ["ActorRuntime.Persistence"],
        ["ActorRuntime.Persistence.Local"] = ["ActorRuntime.Persistence"],
        ["ActorRuntime.Cluster.Sharding"] = ["ActorRuntime.Cluster", "ActorRuntime.Persistence"],
        ["ActorRuntime.Cluster.Tools"] = ["ActorRuntime.Cluster.Sharding", "ActorRuntime.Cluster"],
        ["ActorRuntime.TestKit"] = ["ActorRuntime"],
        ["ActorRuntime.TestKit.Xunit2"] = ["ActorRuntime.TestKit"],
        ["ActorRuntime.Persistence.TestKit"] = ["ActorRuntime.Persistence", "ActorRuntime.TestKit.Xunit2"],
        ["ActorRuntime.Node"] = ["ActorRuntime.Cluster.Sharding", "ActorRuntime.Persistence.Sql", "ActorRuntime.Persistence.Local"],
        ["ActorRuntime.Cmd"] = ["ActorRuntime.Hocon"],
        ["ActorRuntime.Simulation"] = ["ActorRuntime.Cluster.Sharding"],
    };

    /// <summary>Projects that take no package besides the build's own analyzers; logging's abstraction is part of every .NET
    /// host.</summary>
    private static readonly Dictionary<string, string[]> PackagesOfTheBase = new()
    {
        ["ActorRuntime.Hocon"] = [],
        ["ActorRuntime"] = ["Microsoft.Extensions.Logging.Abstractions"],
    };

    public static TheoryData<string> Projects => new(Repository.Files("src", "*.csproj"));

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_depends_only_on_lower_layers(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);
        Assert.True(Allowed.ContainsKey(name), $"{name} has no place among the layers yet; give it one here and in docs/architecture.md");
        var uses = Items(project, "ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference)!);
        Assert.Empty(uses.Except(Allowed[name]));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_of_the_base_takes_no_package(string project)
    {
        var packages = PackagesOfTheBase.GetValueOrDefault(Path.GetFileNameWithoutExtension(project));
        if (packages is not null) Assert.Empty(Items(project, "PackageReference").Except(packages));
    }

    [Fact]
    public void Every_package_says_why_it_is_there()
    {
        var lines = Repository.Lines("Directory.Packages.props");
        var unexplained = lines.Where((line, index) => line.Contains("<PackageVersion") && !Explained(lines, index));
        Assert.Empty(unexplained);
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Repository.Text("ActorRuntime.sln").Replace('\\', '/');
        var missing = Repository.Files("src", "*.csproj").Concat(Repository.Files("tests", "*.csproj"))
            .Where(project => !solution.Contains(project, StringComparison.Ordinal));
        Assert.Empty(missing);
    }

    /// <summary>A comment above, with nothing but other packages of the same group in between.</summary>
    private static bool Explained(string[] lines, int index)
    {
        while (lines[index].Contains("<PackageVersion")) index--;
        return lines[index].TrimEnd().EndsWith("-->", StringComparison.Ordinal);
    }

    private static IEnumerable<string> Items(string project, string kind) =>
        XDocument.Load(Path.Combine(Repository.Root, project)).Descendants(kind).Select(item => item.Attribute("Include")!.Value);
}
