using ActorRuntime.Node.Demo;
using Xunit;

namespace ActorRuntime.Node.Tests.Demo;

public sealed class DemoDirectoryTests
{
    [Fact]
    public void What_the_run_made_is_removed()
    {
        string path;
        using (var directory = DemoDirectory.Create(null, keep: false))
        {
            path = directory.Path;
            File.WriteAllText(directory.File("a.log"), "x");
            Directory.CreateDirectory(directory.File("b"));
        }
        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void A_directory_that_was_there_stays_empty()
    {
        var path = Directory.CreateTempSubdirectory().FullName;
        using (var directory = DemoDirectory.Create(path, keep: false)) File.WriteAllText(directory.File("a.log"), "x");
        Assert.Empty(Directory.EnumerateFileSystemEntries(path));
        Directory.Delete(path);
    }

    [Fact]
    public void Kept_is_kept()
    {
        string path;
        using (var directory = DemoDirectory.Create(null, keep: true)) path = directory.Path;
        Assert.True(Directory.Exists(path));
        Directory.Delete(path);
    }
}
