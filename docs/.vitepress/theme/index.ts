import theme from "vitepress/theme-without-fonts";
import "./colours.css";
import "./diagrams.css";

export default theme;
